-- Publishes public keys for a while.
--
-- KEYS[1]  the published keys, by the microsecond in which they expire
-- ARGV[1]  for how long, in microseconds    ARGV[2...]  the keys
-- Reply    1
-- One key. Those that have expired go, and of more than 256 those that expire first.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -257)
local lifetime = math.ceil(ARGV[1] / 1000)
if redis.call('PTTL', KEYS[1]) < lifetime then redis.call('PEXPIRE', KEYS[1], lifetime) end
return 1
