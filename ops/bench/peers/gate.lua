-- What Fillgate's full route does, in nginx: a session by cookie and one GCRA limit, both in Redis, in one
-- pipelined flight over a pooled connection.
local redis = require "nginx.redis"

local charge = [[
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local tat = tonumber(redis.call('GET', KEYS[1])) or now
if tat < now then tat = now end
local ahead = tat - now + ARGV[1]
if ahead > tonumber(ARGV[2]) then return -1 end
redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', math.ceil(ahead / 1000) + 1)
return ahead
]]
local charge_sha

local function connect(port)
    local connection = redis:new()
    connection:set_timeouts(1000, 1000, 1000)
    if connection:connect("127.0.0.1", port) then return connection end
end

local gate = {}

function gate.check(port)
    local token = ngx.var.cookie_session
    if not token then return ngx.exit(401) end
    local connection = connect(port)
    if not connection then return ngx.exit(503) end
    charge_sha = charge_sha or connection:script("LOAD", charge)
    connection:init_pipeline(2)
    connection:hmget("peer:session:" .. token, "user", "role")
    -- 100,000 requests a second and as many at once: charged every time, never exhausted.
    connection:evalsha(charge_sha, 1, "peer:limit:" .. token, 10, 1000000)
    local answers = connection:commit_pipeline()
    if not answers then return ngx.exit(503) end
    connection:set_keepalive(60000, 512)
    local session, ahead = answers[1], answers[2]
    if type(ahead) ~= "number" then return ngx.exit(503) end
    if session[1] == ngx.null then return ngx.exit(401) end
    if ahead < 0 then return ngx.exit(429) end
    ngx.req.set_header("X-User", session[1])
end

return gate
