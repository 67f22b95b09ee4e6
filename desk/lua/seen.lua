-- What we said to a visitor is on their page: report it, once each, however many pages and processes say so.
-- The numbers are remembered as long as the archive may not know of it; the oldest beyond a bound are forgotten.
-- KEYS: seen (sorted set of ledger numbers, one visitor's), inbox stream.
-- ARGV: seconds to remember, most to remember, then pairs: number, report.
for i = 3, #ARGV, 2 do
  if redis.call('ZADD', KEYS[1], 'NX', ARGV[i], ARGV[i]) == 1 then
    redis.call('XADD', KEYS[2], '*', 'c', ARGV[i + 1])
  end
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return redis.status_reply('OK')
