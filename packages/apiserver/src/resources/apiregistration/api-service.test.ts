import type { APIService } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { createErrors, updateErrors } from '../../../testing/field-errors.ts'
import { apiServices } from './api-service.ts'

type Spec = NonNullable<APIService['spec']>
const service = { namespace: 'n', name: 's' }
const spec = (rest: Partial<Spec>): Spec => ({
  group: 'a.io',
  version: 'v1',
  groupPriorityMinimum: 1000,
  versionPriority: 10,
  service,
  ...rest,
})
const of = (given: Spec, name = `${given.version}.${given.group ?? ''}`): APIService => ({
  metadata: { name },
  spec: given,
})

describe('an APIService', () => {
  it.each<[object: APIService, ...errors: string[]]>([
    [of(spec({}))],
    [of({ version: 'v1', group: '', groupPriorityMinimum: 18000, versionPriority: 1 })],
    [of(spec({}), 'x'), 'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.a.io"'],
    [
      of(spec({ group: '', version: 'v2' })),
      'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
    ],
    [
      of(spec({ group: 'A' })),
      expect.stringContaining('spec.group: Invalid value: "A": a lowercase RFC 1123 subdomain'),
    ],
    [of(spec({ version: '1' })), expect.stringContaining('spec.version: Invalid value: "1": a DNS-1035 label')],
    [
      of(spec({ groupPriorityMinimum: 20001, versionPriority: 0 })),
      'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
    ],
    [
      of({
        version: 'v1',
        group: 'a.io',
        groupPriorityMinimum: 1,
        versionPriority: 1,
        caBundle: 'aGk=',
        insecureSkipTLSVerify: true,
      }),
      'spec.caBundle: Invalid value: "2 bytes": local APIServices may not have a caBundle',
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
    [of(spec({ service: {} })), 'spec.service.namespace: Required value', 'spec.service.name: Required value'],
    [
      of(spec({ service: { ...service, port: 65536 } })),
      'spec.service.port: Invalid value: 65536: port is not valid: must be between 1 and 65535, inclusive',
    ],
    [
      of(spec({ caBundle: 'aGk=', insecureSkipTLSVerify: true })),
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ],
  ])('%j', (object, ...errors) => {
    expect(createErrors(apiServices, object)).toEqual(errors)
  })

  it('has conditions that are true, false or unknown', () => {
    const object = of(spec({}))
    const next: APIService = { ...object, status: { conditions: [{ type: 'Available', status: 'Maybe' }] } }
    expect(updateErrors(apiServices, next, object, 'status')).toEqual([
      'status.conditions[0].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"',
    ])
  })
})
