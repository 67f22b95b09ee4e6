-- Write down, as one atom and only while the lease is ours, what the courier is about to do and what came of it.
-- A settled message is done exactly once: its report goes to the inbox, its intent goes away, its number is marked.
-- An empty report says nothing: what the customer collects is reported by whoever sees them do it.
-- A client that lost the answer may ask again, and an earlier question that arrives late does no harm.
-- Marks at or below the position say nothing new and are dropped with it.
-- KEYS: lease, sending (hash: seq -> intent), done (sorted set of seqs), position, inbox stream.
-- ARGV: fencing token, new position, then triples: 'begin' seq intent | 'withdraw' seq intent | 'settle' seq report.
-- Returns 'ok' or 'lease_lost'.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 'lease_lost'
end
local position = tonumber(redis.call('GET', KEYS[4]) or '0')
for i = 3, #ARGV, 3 do
  local act, seq, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local done = tonumber(seq) <= position or redis.call('ZSCORE', KEYS[3], seq)
  if act == 'settle' then
    redis.call('HDEL', KEYS[2], seq)
    if not done then
      redis.call('ZADD', KEYS[3], seq, seq)
      if value ~= '' then
        redis.call('XADD', KEYS[5], '*', 'c', value)
      end
    end
  elseif act == 'begin' then
    if not done then
      redis.call('HSET', KEYS[2], seq, value)
    end
  elseif redis.call('HGET', KEYS[2], seq) == value then
    redis.call('HDEL', KEYS[2], seq)
  end
end
if tonumber(ARGV[2]) > position then
  redis.call('SET', KEYS[4], ARGV[2])
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[2])
end
return 'ok'
