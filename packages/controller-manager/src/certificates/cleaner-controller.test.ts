import type { CertificateSigningRequest } from '@wherry/api'
import { selfSignedCertificate } from '@wherry/component-base'
import { expect, it } from 'vitest'
import { requestDeadline } from './cleaner-controller.ts'

const created = '2026-01-01T00:00:00Z'
const decided = '2026-01-01T05:00:00Z'
const certificate = Buffer.from(selfSignedCertificate('a', [], Date.parse(created)).cert).toString('base64')
const condition = (type: string) => ({ type, status: 'True', lastUpdateTime: decided })

it.each<{ name: string; status: NonNullable<CertificateSigningRequest['status']>; want: string | undefined }>([
  { name: 'a day after it was made while nobody has decided', status: {}, want: '2026-01-02T00:00:00.000Z' },
  {
    name: 'never while it is approved and not signed',
    status: { conditions: [condition('Approved')] },
    want: undefined,
  },
  {
    name: 'an hour after its approval once it is signed',
    status: { conditions: [condition('Approved')], certificate },
    want: '2026-01-01T06:00:00.000Z',
  },
  {
    name: 'an hour after it was denied',
    status: { conditions: [condition('Denied')] },
    want: '2026-01-01T06:00:00.000Z',
  },
  {
    name: 'an hour after it failed',
    status: { conditions: [condition('Approved'), condition('Failed')] },
    want: '2026-01-01T06:00:00.000Z',
  },
])('a certificate request goes $name', ({ status, want }) => {
  const spec = { request: '', signerName: 'kubernetes.io/kube-apiserver-client' }
  const request = { metadata: { name: 'a', creationTimestamp: created }, spec, status }
  const deadline = requestDeadline(request)
  expect(deadline === Infinity ? undefined : new Date(deadline).toISOString()).toBe(want)
})
