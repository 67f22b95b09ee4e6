-- The engine's commit, one atom: if the lease is still ours and the ledger is where we left it,
-- append the events and move the inbox position. Otherwise nothing happens.
-- KEYS: lease, head (hash: seq, position), ledger stream.
-- ARGV: fencing token, last seq we know, new inbox position, encoded events.
-- Returns 'ok', 'lease_lost' or 'seq_mismatch'.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 'lease_lost'
end
local seq = tonumber(redis.call('HGET', KEYS[2], 'seq') or '0')
if seq ~= tonumber(ARGV[2]) then
  return 'seq_mismatch'
end
for i = 4, #ARGV do
  seq = seq + 1
  redis.call('XADD', KEYS[3], string.format('%.0f-0', seq), 'e', ARGV[i])
end
redis.call('HSET', KEYS[2], 'seq', string.format('%.0f', seq), 'position', ARGV[3])
return 'ok'
