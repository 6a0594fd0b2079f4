-- Ends a session or an API key, and tells every worker.
--
-- KEYS[1]  what is ended
-- ARGV[1]  the news channel    ARGV[2]  the digest under which it is kept
-- Reply    its record, or nil where there was none
-- One key. The news is told whether or not there was something to end: whoever asks twice may be asking because
-- the first news was lost. A server that does not let us publish is asked by workers that cannot listen either, and
-- those serve nothing from memory.
local record = redis.call('GET', KEYS[1])
redis.call('UNLINK', KEYS[1])
redis.pcall('PUBLISH', ARGV[1], 'ended ' .. ARGV[2])
return record
