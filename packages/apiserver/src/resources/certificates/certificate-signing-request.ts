import { CertificateSigningRequest } from '@wherry/api'
import { type DeepReadonly, deepClone, formatTime, humanDuration } from '@wherry/apimachinery'
import { defineResource, type RequestFacts } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { struct } from '../structs.ts'
import { validateCertificate, validateConditions, validateRequest } from './certificate-signing-request-validation.ts'

type Request = CertificateSigningRequest

export const certificateSigningRequests = defineResource(CertificateSigningRequest, {
  shortNames: ['csr'],
  setDefaults(request) {
    struct(request, 'spec')
  },
  /** Who asks is what the server saw, not what the request says. */
  prepareForCreate(request, { user }) {
    const { spec } = request
    spec.username = user.name
    spec.groups = [...user.groups]
    delete spec.uid
    delete spec.extra
    if (user.uid) spec.uid = user.uid
    if (Object.keys(user.extra ?? {}).length > 0) spec.extra = deepClone({ ...user.extra })
  },
  /** What was asked for stays, whatever an update says. */
  prepareForUpdate(request, old) {
    request.spec = deepClone(old.spec)
  },
  validate: validateRequest,
  status: {
    initial: () => ({}),
    prepareForUpdate(request, old, facts) {
      // Only /approval may decide.
      keepConditions(request, old, ['Approved', 'Denied'])
      stampConditions(request, old, facts)
    },
    validateUpdate: (request, old) => [...validateConditions(request, old), ...validateCertificate(request, old, true)],
  },
  subresources: {
    approval: {
      prepareForUpdate(request, old, facts) {
        const conditions = request.status?.conditions
        request.spec = deepClone(old.spec)
        request.status = deepClone({ ...old.status })
        if (conditions) request.status.conditions = conditions
        else delete request.status.conditions
        keepConditions(request, old, ['Failed'])
        stampConditions(request, old, facts)
      },
      validateUpdate: validateConditions,
    },
  },
  columns: [
    nameColumn(),
    ageColumn(),
    { name: 'SignerName', type: 'string', value: ({ spec }) => spec.signerName || none },
    { name: 'Requestor', type: 'string', value: ({ spec }) => spec.username ?? '' },
    {
      name: 'RequestedDuration',
      type: 'string',
      value: ({ spec }) => (spec.expirationSeconds === undefined ? none : humanDuration(spec.expirationSeconds * 1000)),
    },
    { name: 'Condition', type: 'string', value: conditionText },
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName ?? '' },
})

/** Puts back the conditions of these types as they were. */
function keepConditions(request: Request, old: DeepReadonly<Request>, types: readonly string[]): void {
  const own = (request.status?.conditions ?? []).filter((c) => !types.includes(c.type))
  const kept = (old.status?.conditions ?? []).filter((c) => types.includes(c.type)).map((c) => ({ ...c }))
  const status = struct(request, 'status')
  if (own.length + kept.length > 0) status.conditions = [...kept, ...own]
  else delete status.conditions
}

/** Conditions say when they were set and when their status last changed. */
function stampConditions(request: Request, old: DeepReadonly<Request>, { now }: RequestFacts): void {
  for (const condition of request.status?.conditions ?? []) {
    const before = old.status?.conditions?.find((c) => c.type === condition.type && c.status === condition.status)
    condition.lastUpdateTime ??= formatTime(now)
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? formatTime(now)
  }
}

function conditionText({ status }: DeepReadonly<Request>): string {
  const has = (type: string) => status?.conditions?.some((c) => c.type === type) ?? false
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
  return `${decision}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`
}
