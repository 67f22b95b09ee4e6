-- Take the lease if nobody holds it, with a token larger than any before (the fence).
-- KEYS: lease, fence counter.  ARGV: time to live in ms.  Returns the token, or 0 when it is held.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
local token = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
return token
