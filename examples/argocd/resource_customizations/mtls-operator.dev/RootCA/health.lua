-- Argo CD health check for RootCA, ServerCert and ClientCert; all three kinds use the same script.
local function holding(type)
  for _, condition in ipairs(obj.status.conditions or {}) do
    if condition.type == type and condition.status == "True" then
      return condition
    end
  end
end

local function notReady()
  for _, condition in ipairs(obj.status.conditions or {}) do
    if condition.type == "Ready" and condition.status ~= "True" then
      return condition
    end
  end
end

local function verdict(status, condition)
  return { status = status, message = condition.reason .. ": " .. condition.message }
end

if obj.status == nil or obj.status.conditions == nil then
  return { status = "Progressing", message = "Waiting for mtls-operator" }
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "Waiting for the last edit to be put into service" }
end
if holding("Stalled") then
  return verdict("Degraded", holding("Stalled"))
end
-- the certificate in service still works, but you must act before it expires
if holding("RenewalBlocked") then
  return verdict("Degraded", holding("RenewalBlocked"))
end
if holding("Ready") then
  return { status = "Healthy", message = holding("Ready").message }
end
if notReady() and notReady().reason == "IssuanceFailed" then
  return verdict("Degraded", notReady())
end
return { status = "Progressing", message = "Waiting for the certificate" }
