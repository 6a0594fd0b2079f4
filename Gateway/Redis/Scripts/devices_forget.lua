-- No device that became known before now is one of this account's any more.
--
-- KEYS[1]  the moment before which none is    ARGV[1]  milliseconds after which none can be that old anyway
-- Reply    now, in microseconds: a device that becomes known at this moment is one
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
redis.call('SET', KEYS[1], now, 'PX', ARGV[1])
return now
