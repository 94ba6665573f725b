-- Verification of requests by countersign, for HAProxy 2.6 or newer.
-- Printed by `countersign gateway haproxy-lua`, for what `countersign gateway haproxy` prints.

-- What countersign looks at.
local PASSED_ON = {
    "authorization", "cookie", "accept", "origin", "sec-fetch-mode", "sec-fetch-site", "sec-websocket-version",
}
-- What the upstream gets.
local IDENTITY = {
    "remote-user", "remote-email", "x-auth-user-id", "x-auth-admin", "x-auth-email-verified", "x-auth-assertion",
}
-- What the client gets where the request is rejected.
local RESPONSE = { "location", "www-authenticate", "content-type", "cache-control", "retry-after" }

-- How many values of a header countersign looks at. HAProxy 2.6 ends if it sends more than 101 headers in all.
local VALUES = 8

-- Responds to the client without the upstream.
local function reject(txn, status, headers, body)
    local reply = txn:reply({ status = status, body = body })
    for _, name in ipairs(RESPONSE) do
        if headers[name] then reply:add_header(name, headers[name][0]) end
    end
    txn:done(reply)
end

-- http-request lua.countersign TARGET: TARGET is the path of the verification, with its parameters.
local function verify(txn, target)
    local received, headers = txn.http:req_get_headers(), {}
    for _, name in ipairs(PASSED_ON) do
        if received[name] then
            headers[name] = {}
            for place = 0, math.min(#received[name], VALUES - 1) do
                table.insert(headers[name], received[name][place])
            end
        end
    end
    headers["host"] = { "countersign" }
    headers["x-forwarded-method"] = { txn.f:method() }
    headers["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" }
    headers["x-forwarded-host"] = { txn.f:req_hdr("host") }
    headers["x-forwarded-uri"] = { txn.f:pathq() }

    -- A client of its own for each request, as HAProxy demands.
    local response = core.httpclient():get({
        url = "http://countersign" .. target,
        dst = "{{ socket }}",
        headers = headers,
        timeout = 5000,
    })
    local status = response and response.status or 0
    if status == 200 then
        for _, name in ipairs(IDENTITY) do
            if response.headers[name] then
                txn.http:req_set_header(name, response.headers[name][0])
            end
        end
        txn:set_var("txn.countersign", "verified")
    elseif status == 303 or status == 401 or status == 403 then
        reject(txn, status, response.headers, response.body)
    else
        -- countersign does not respond, or not as it should: nothing is passed on.
        reject(txn, 503, { ["retry-after"] = { [0] = "1" } }, "")
    end
end

core.register_action("countersign", { "http-req" }, verify, 1)
