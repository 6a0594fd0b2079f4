-- Enters an API key in its user's index, if there is room.
--
-- KEYS[1]  the index: digests by the microsecond in which the key ends
-- ARGV[1]  the key's digest    ARGV[2]  how long it lives, in microseconds    ARGV[3]  keys a user may have
-- Reply    1, or 0 where there are as many already
-- One key, read and written in one step, on the server's clock. Keys that have ended leave; entering a key twice
-- changes nothing but its end. The index lives as long as the key in it that ends last.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not known and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
local lifetime = math.ceil(ARGV[2] / 1000)
if redis.call('PTTL', KEYS[1]) < lifetime then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', lifetime)) end
return 1
