-- Append commands to the inbox: all of them, in order.
-- One script call for a whole batch costs the caller one request instead of one a command.
-- KEYS: inbox stream.  ARGV: encoded commands.  Returns how many were appended.
for i = 1, #ARGV do
  redis.call('XADD', KEYS[1], '*', 'c', ARGV[i])
end
return #ARGV
