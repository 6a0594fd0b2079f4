-- Notes the last use of an API key that is there, and whence; never brings back one that is not.
--
-- KEYS[1]  the key
-- ARGV[1]  the moment of use, 16 decimal digits of microseconds since 1970    ARGV[2]  the address prefix
-- ARGV[3]  how many prefixes are remembered
-- Reply    1, or 0 where there is no such key
-- One key, read and written in one step; its expiry stays. The record's first 16 bytes are its last use, its last line
-- the prefixes, the newest first (KeyRecord.swift).
local record = redis.call('GET', KEYS[1])
if not record then return 0 end
local used, rest, seen = string.match(record, '^(%d+)(.*\n)([^\n]*)$')
-- The digits of last use and end stand together.
if not used or #used ~= 32 then return 0 end
local prefixes = { ARGV[2] }
for prefix in string.gmatch(seen, '[^,]+') do
    if prefix ~= ARGV[2] and #prefixes < tonumber(ARGV[3]) then prefixes[#prefixes + 1] = prefix end
end
if string.find(',' .. seen .. ',', ',' .. ARGV[2] .. ',', 1, true) then prefixes = { seen } end
local last = string.sub(used, 1, 16)
if last < ARGV[1] then last = ARGV[1] end
redis.call('SET', KEYS[1], last .. string.sub(used, 17) .. rest .. table.concat(prefixes, ','), 'KEEPTTL')
return 1
