-- What wrk asks of http-serve.sh, what the answers must be, and what it reports:
--
--	wrk ... -s http-users.lua URL -- ENDPOINT DIR
--
-- ENDPOINT is health, search, config or documents; DIR is where the server's
-- files are. Each answer says what it answers, and must be the file for that. Of
-- several connections, answers come in any order, and wrk does not tell whose an
-- answer is: it must be to something that was asked and has no answer yet, which
-- for a single connection is just one thing.

local names = {}
local requests = {}
local expected = {}
local pending = {}
local turn = 0
local threads = {}

local function content(path)
	local file = assert(io.open(path))
	local text = file:read("*a")

	file:close()
	return text
end

local function numbered(path, suffix, directory)
	for n = 0, 15 do
		names[n] = path .. n
		expected[n] = content(directory .. "/" .. n .. suffix)
	end
end

function setup(thread)
	table.insert(threads, thread)
end

function init(arguments)
	local endpoint, directory = arguments[1], arguments[2]

	wrong = 0
	if endpoint == "health" then
		names[0] = "/health"
		expected[0] = '{"status":"ok"}'
	elseif endpoint == "config" then
		names[0] = "/api/config"
		expected[0] = content(directory .. "/config.json")
	elseif endpoint == "search" then
		numbered("/api/search?q=", ".json", directory .. "/search")
	elseif endpoint == "documents" then
		numbered("/api/documents/", ".json", directory .. "/documents")
	else
		error("no such endpoint: " .. tostring(endpoint))
	end
	for n, name in pairs(names) do
		requests[n] = wrk.format("GET", name)
		pending[name] = 0
		expected[name] = expected[n]
	end
end

function request()
	local n

	turn = turn + 1
	n = turn % (#names + 1)
	pending[names[n]] = pending[names[n]] + 1
	return requests[n]
end

function response(status, headers, body)
	local name = headers["X-Asked"]
	local left = pending[name] or 0

	if status ~= 200 or left == 0 or body ~= expected[name] then
		wrong = wrong + 1
	else
		pending[name] = left - 1
	end
end

local function report(metric, value, unit)
	io.write(string.format('{"metric":"%s","value":%.9g,"unit":"%s"}\n',
		metric, value, unit))
end

function done(summary, latency, requests)
	local errors = summary.errors
	local bad = errors.connect + errors.read + errors.write + errors.timeout
	local asked = summary.requests + bad
	local wrong = 0

	for _, thread in ipairs(threads) do
		wrong = wrong + thread:get("wrong")
	end
	if wrong > 0 or summary.requests == 0 then
		io.stderr:write(string.format("%d of %d answers are wrong\n",
			wrong, summary.requests))
		os.exit(1)
	end
	report("requests_per_second",
		summary.requests / (summary.duration / 1e6), "/s")
	report("avg_time_ms", latency.mean / 1000, "ms")
	report("p50_time_ms", latency:percentile(50) / 1000, "ms")
	report("p95_time_ms", latency:percentile(95) / 1000, "ms")
	report("p99_time_ms", latency:percentile(99) / 1000, "ms")
	report("success_rate", 100 * (asked - bad) / asked, "%")
end
