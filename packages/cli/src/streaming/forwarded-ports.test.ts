import type { Pod, Service } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { forwardedPorts, servicePorts } from './forwarded-ports.ts'

const pod: Pod = {
  metadata: { name: 'web-0' },
  spec: { containers: [{ name: 'web', ports: [{ containerPort: 8080, name: 'http' }] }] },
}
const service: Service = {
  metadata: { name: 'web' },
  spec: {
    clusterIP: '10.0.0.1',
    ports: [{ port: 80, name: 'main', targetPort: 'http' }, { port: 443, targetPort: 8443 }, { port: 9 }],
  },
}

describe('ports to forward', () => {
  it.each([
    { spec: '8080', want: { local: 8080, remote: 8080 } },
    { spec: '1:8080', want: { local: 1, remote: 8080 } },
    { spec: ':8080', want: { local: 0, remote: 8080 } },
    { spec: '1:http', want: { local: 1, remote: 8080 } },
    { spec: 'http', want: { local: 8080, remote: 8080 } },
  ])('to a pod: $spec', ({ spec, want }) => {
    expect(forwardedPorts([spec], pod)).toEqual([want])
  })

  it.each([
    { spec: '80', want: { local: 80, remote: 8080 } },
    { spec: 'main', want: { local: 80, remote: 8080 } },
    { spec: '1:443', want: { local: 1, remote: 8443 } },
    { spec: '9', want: { local: 9, remote: 9 } },
  ])('to a service: $spec', ({ spec, want }) => {
    expect(servicePorts([spec], service, pod)).toEqual([want])
  })

  it("to a headless service are the pod's own", () => {
    const headless: Service = { ...service, spec: { ...service.spec, clusterIP: 'None' } }
    expect(servicePorts(['80'], headless, pod)).toEqual([{ local: 80, remote: 80 }])
  })

  it.each([
    { spec: 'a:b:c', want: "invalid port format 'a:b:c'" },
    { spec: 'x:80', want: "error parsing local port 'x'" },
    { spec: 'nope', want: "Pod 'web-0' does not have a named port 'nope'" },
    { spec: '80:0', want: 'remote port must be > 0' },
    { spec: '99999', want: "error parsing remote port '99999'" },
  ])('refuse $spec', ({ spec, want }) => {
    expect(() => forwardedPorts([spec], pod)).toThrow(want)
  })

  it('refuse what a service does not have', () => {
    expect(() => servicePorts(['81'], service, pod)).toThrow('Service web does not have a service port 81')
  })
})
