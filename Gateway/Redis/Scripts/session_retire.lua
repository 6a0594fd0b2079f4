-- Lets a session that has been replaced go on for a while, and no longer, however much it is used.
--
-- KEYS[1]  the session
-- ARGV[1]  for how long, in microseconds    ARGV[2]  the news channel    ARGV[3]  its digest
-- Reply    1, or 0 where there is no such session
-- One key. A session's first 16 bytes are its last use, the next 16 its end (SessionRecord.swift). It counts as used
-- until its end, so that no later use moves its expiry (session_touch.lua), which holds by the server's own clock
-- whatever the workers' say. Who remembers the session with its old end is told to forget.
local ends = redis.call('GETRANGE', KEYS[1], 16, 31)
if ends == '' then return 0 end
local time = redis.call('TIME')
local moment = string.format('%016.0f', time[1] * 1000000 + time[2] + ARGV[1])
if moment > ends then moment = ends end
redis.call('SETRANGE', KEYS[1], 0, moment .. moment)
local left = math.ceil(ARGV[1] / 1000)
if left < 1 then left = 1 end
if redis.call('PTTL', KEYS[1]) > left then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', left)) end
redis.pcall('PUBLISH', ARGV[2], 'changed ' .. ARGV[3])
return 1
