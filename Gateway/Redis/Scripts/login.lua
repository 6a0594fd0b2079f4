-- Counts wrong passwords of one account from one address prefix, and of that prefix over all accounts.
--
-- KEYS[1]  the pair's counter        KEYS[2]  the address's counter
-- KEYS[3]  the accounts that have a pair with this prefix     KEYS[4]  the prefixes of this account's pairs
-- KEYS[5]  the locks in force
-- ARGV[1]  begin: refuse the attempt, or count it as a failure before it is evaluated
--          clear: it succeeded; forget the pair, and take the attempt back from the address
--          undo: it was not evaluated; take it back from both
--          keep: it failed or was refused; what begin did stays
-- ARGV[2]  the pair's failures that lock it    ARGV[3]  their window    ARGV[4]  the first lock    ARGV[5]  the longest
-- ARGV[6]  the address's failures that lock it    ARGV[7]  their window and the lock; times in microseconds
-- ARGV[8]  the prefix    ARGV[9]  the account
-- Reply    0, or for begin that refuses: 1 for the pair, 2 for the address
--
-- A counter is text: LEVEL SINCE UNTIL FAILURES and the moments of the failures that count. LEVEL is how many
-- locks have followed one another, each within a day of the last one's end; SINCE, UNTIL and FAILURES are the last
-- lock's. LoginCounter.swift is its twin. All five keys hash to one slot, and everything here is one step.
local DAY = 86400000000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function read(key, window, memory)
    local counter = { level = 0, since = 0, ends = 0, failures = 0, moments = {} }
    local words = {}
    for word in string.gmatch(redis.call('GET', key) or '', '%d+') do words[#words + 1] = tonumber(word) end
    if #words < 4 then return counter end
    if words[3] + memory > now then
        counter.level, counter.since, counter.ends, counter.failures = words[1], words[2], words[3], words[4]
    end
    for i = 5, #words do
        -- What led to a lock that is over has been paid for.
        local counts = words[i] > now - window and (words[i] > words[2] or words[3] > now)
        if counts then counter.moments[#counter.moments + 1] = words[i] end
    end
    return counter
end

local function count(counter, threshold, first, longest)
    counter.moments[#counter.moments + 1] = now
    if #counter.moments < threshold then return end
    counter.level = counter.level + 1
    counter.since = now
    counter.ends = now + math.min(first * 2 ^ math.min(counter.level - 1, 20), longest)
    counter.failures = #counter.moments
end

local function undo(counter)
    local last = table.remove(counter.moments)
    if last and last == counter.since and counter.ends > now then
        counter.level = counter.level - 1
        counter.since, counter.failures = 0, 0
        counter.ends = counter.level > 0 and now or 0
    end
end

local function mark(index, member, score, bound)
    redis.call('ZADD', index, score, member)
    redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
    redis.call('ZREMRANGEBYRANK', index, 0, -1 - bound)
    local lifetime = math.ceil((score - now) / 1000)
    if redis.call('PTTL', index) < lifetime then redis.call('PEXPIRE', index, lifetime) end
end

-- Writes a counter; answers when it expires, or nil where it has nothing to say.
local function write(key, counter, window, memory, member)
    if counter.ends > now then mark(KEYS[5], member, counter.ends, 10000) else redis.call('ZREM', KEYS[5], member) end
    local expires = counter.level > 0 and counter.ends + memory or 0
    local last = counter.moments[#counter.moments]
    if last then expires = math.max(expires, last + window) end
    if expires <= now then
        redis.call('DEL', key)
        return nil
    end
    local words = { counter.level, counter.since, counter.ends, counter.failures }
    for _, moment in ipairs(counter.moments) do words[#words + 1] = moment end
    for i, word in ipairs(words) do words[i] = string.format('%.0f', word) end
    redis.call('SET', key, table.concat(words, ' '), 'PX', math.ceil((expires - now) / 1000))
    return expires
end

local verb = ARGV[1]
local arg = {}
for i = 2, 7 do arg[i] = tonumber(ARGV[i]) end
local pair = read(KEYS[1], arg[3], DAY)
local address = read(KEYS[2], arg[7], 0)
if verb == 'keep' then return 0 end
if verb == 'begin' then
    if pair.ends > now then return 1 end
    if address.ends > now then return 2 end
    count(pair, arg[2], arg[4], arg[5])
    count(address, arg[6], arg[7], arg[7])
elseif verb == 'clear' then
    pair = { level = 0, since = 0, ends = 0, failures = 0, moments = {} }
    undo(address)
else
    undo(pair)
    undo(address)
end
write(KEYS[2], address, arg[7], 0, ARGV[8])
local expires = write(KEYS[1], pair, arg[3], DAY, ARGV[8] .. ' ' .. ARGV[9])
if expires then
    mark(KEYS[3], ARGV[9], expires, 1000)
    mark(KEYS[4], ARGV[8], expires, 10000)
else
    redis.call('ZREM', KEYS[3], ARGV[9])
    redis.call('ZREM', KEYS[4], ARGV[8])
end
return 0
