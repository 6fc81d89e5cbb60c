import type { DeviceClaim, DeviceSubRequest, ExactDeviceRequest } from '@wherry/api'

/** Defaults of what a claim asks for. As pkg/apis/resource/v1/defaults.go. */
export function setDeviceClaimDefaults(claim: DeviceClaim | undefined): void {
  for (const request of claim?.requests ?? []) {
    if (request.exactly) setRequestDefaults(request.exactly)
    for (const sub of request.firstAvailable ?? []) setRequestDefaults(sub)
  }
}

function setRequestDefaults(request: ExactDeviceRequest | DeviceSubRequest): void {
  request.allocationMode ||= 'ExactCount'
  if (request.allocationMode === 'ExactCount') request.count ||= 1
  for (const toleration of request.tolerations ?? []) toleration.operator ||= 'Equal'
}
