-- Keep the lease alive if it is still ours; with a time of 0, give it up.
-- KEYS: lease.  ARGV: fencing token, time to live in ms.  Returns 1 if it was ours, else 0.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if tonumber(ARGV[2]) == 0 then
  redis.call('DEL', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
