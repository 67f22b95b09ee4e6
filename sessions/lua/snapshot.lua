-- Keep a snapshot of the floor, unless a newer one is kept or the ledger began anew after it: what was trimmed behind
-- the newer one could not be folded onto this one.
-- KEYS: snapshot (hash: seq, floor), head (hash: start).
-- ARGV: last event in it, the floor.
local seq = tonumber(ARGV[1])
local start = redis.call('HGET', KEYS[2], 'start')
local kept = redis.call('HGET', KEYS[1], 'seq')
if start and seq >= tonumber(start) and not (kept and tonumber(kept) >= seq) then
  redis.call('HSET', KEYS[1], 'seq', ARGV[1], 'floor', ARGV[2])
end
