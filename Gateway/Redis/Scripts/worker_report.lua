-- Keeps what a worker says of itself for a while.
--
-- KEYS[1]  the worker's report    KEYS[2]  the names of all workers, by the millisecond in which their reports end
-- ARGV[1]  its name    ARGV[2]  the report    ARGV[3]  for how long, in milliseconds
-- Reply    1
-- Two keys of one slot. The names of those that have gone silent go, and of more than 64 those that end first.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -65)
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
return 1
