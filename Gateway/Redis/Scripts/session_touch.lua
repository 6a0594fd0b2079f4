-- Notes the last use of a session that is there, and never brings back one that is not.
--
-- KEYS[1]  the session
-- ARGV[1]  the moment of use, 16 decimal digits of microseconds since 1970
-- ARGV[2]  how long the session lives on unused, in milliseconds
-- Reply    1, or 0 where there is no such session
-- A session's first 16 bytes are its last use, the next 16 its end (SessionRecord.swift). The expiry is a span,
-- not a moment, so that it does not depend on whose clock is right; who thinks that the session is over does not
-- thereby end it.
local ends = redis.call('GETRANGE', KEYS[1], 16, 31)
if ends == '' then return 0 end
if redis.call('GETRANGE', KEYS[1], 0, 15) >= ARGV[1] or ARGV[1] >= ends then return 1 end
local left = math.min(tonumber(ARGV[2]), math.ceil((ends - ARGV[1]) / 1000))
redis.call('SETRANGE', KEYS[1], 0, ARGV[1])
redis.call('PEXPIRE', KEYS[1], left)
return 1
