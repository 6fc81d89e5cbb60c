import type { Status } from '@wherry/api'
import { goQuote } from '@wherry/apimachinery'
import type { AdmissionAttributes } from '../admission.ts'
import type { Form } from '../matching/forms.ts'
import { admissionRequest } from '../matching/request.ts'

/** What a webhook said, whichever version of the review it speaks. */
export interface Verdict {
  readonly allowed: boolean
  readonly result: Status | undefined
  readonly warnings: readonly string[]
  /** A JSON patch in base64; empty: none. */
  readonly patch: string
  readonly patchType: string
}

export type ReviewVersion = 'v1' | 'v1beta1'

/** The AdmissionReview to send. */
export async function reviewOf(
  uid: string,
  version: ReviewVersion,
  attributes: AdmissionAttributes,
  form: Form,
): Promise<object> {
  const { object, old } = attributes
  return {
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${version}`,
    request: {
      uid,
      options: null,
      ...admissionRequest(attributes, form),
      object: object ? await form.from(object) : null,
      oldObject: old ? await form.from(old) : null,
    },
  }
}

/** Reads an answer. Throws an `Error` in upstream's words (`VerifyAdmissionResponse`) for one that makes no sense. */
export function verdictOf(uid: string, version: ReviewVersion, mutating: boolean, review: unknown): Verdict {
  const { kind = '', apiVersion = '', response } = asReview(review)
  if (!response) throw new Error('webhook response was absent')
  const { patch = '', patchType } = response
  if (version === 'v1') {
    if (response.uid !== uid)
      throw new Error(`expected response.uid=${goQuote(uid)}, got ${goQuote(response.uid ?? '')}`)
    const wanted = 'admission.k8s.io/v1'
    if (apiVersion !== wanted || kind !== 'AdmissionReview') {
      throw new Error(`expected webhook response of ${wanted}, Kind=AdmissionReview, got ${apiVersion}, Kind=${kind}`)
    }
    checkPatch(mutating, patch, patchType)
  }
  return {
    allowed: response.allowed === true,
    result: response.status,
    warnings: response.warnings ?? [],
    patch: mutating ? patch : '',
    patchType: version === 'v1' ? (patchType ?? '') : 'JSONPatch',
  }
}

function checkPatch(mutating: boolean, patch: string, patchType: string | undefined): void {
  if (!mutating) {
    if (patch !== '') throw new Error('validating webhook may not return response.patch')
    if (patchType !== undefined) throw new Error('validating webhook may not return response.patchType')
    return
  }
  if (patch !== '' && patchType === undefined) {
    throw new Error('webhook returned response.patch but not response.patchType')
  }
  if (patch === '' && patchType !== undefined) {
    throw new Error('webhook returned response.patchType but not response.patch')
  }
  if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""')
}

interface Answer {
  readonly uid?: string
  readonly allowed?: boolean
  readonly patch?: string
  readonly patchType?: string
  readonly warnings?: readonly string[]
  readonly status?: Status
}

interface Review {
  readonly kind?: string
  readonly apiVersion?: string
  readonly response?: Answer
}

/** Fields of a review that are of one JSON type, as `typeof` calls it. */
const fieldTypes: Readonly<Record<string, string>> = {
  uid: 'string',
  allowed: 'boolean',
  patch: 'string',
  patchType: 'string',
  status: 'object',
}

function asReview(value: unknown): Review {
  const review: Review = Object(value)
  const response: Record<string, unknown> | undefined = review.response && Object(review.response)
  if (!response) return review
  for (const [field, found] of Object.entries(response)) {
    const wanted = fieldTypes[field]
    const fits = field === 'warnings' ? isStrings(found) : wanted === undefined || typeof found === wanted
    if (found !== null && !fits)
      throw new Error(`json: cannot unmarshal ${goType(found)} into Go struct field .response.${field}`)
    if (found === null) delete response[field]
  }
  return { ...review, response }
}

const isStrings = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string')

function goType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
