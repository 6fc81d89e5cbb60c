import { randomUUID } from 'node:crypto'
import { badRequest, goQuote } from '@wherry/apimachinery'
import type { WebhookClient } from '../../webhook/webhook-client.ts'
import type { AdmissionAttributes } from '../admission.ts'
import type { Form } from '../matching/forms.ts'
import { denied, WebhookCallError } from './errors.ts'
import type { Hook } from './hooks.ts'
import { reviewOf, type Verdict, verdictOf } from './review.ts'

/**
 * Asks one webhook. Throws a `StatusError` where it refuses the request or cannot be asked about a dry run, and a
 * `WebhookCallError` where it cannot be reached or understood.
 */
export async function callHook(
  hook: Hook,
  form: Form,
  attributes: AdmissionAttributes,
  client: WebhookClient,
  mutating: boolean,
): Promise<Verdict> {
  const { name, sideEffects, reviewVersion, clientConfig, timeoutMs } = hook
  if (attributes.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') {
    throw badRequest(`admission webhook ${goQuote(name)} does not support dry run`)
  }
  if (!reviewVersion) {
    const problem = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)'
    throw new WebhookCallError(name, `could not create admission objects: ${problem}`)
  }
  const uid = randomUUID()
  const review = await reviewOf(uid, reviewVersion, attributes, form)
  const verdict = await ask()
  for (const warning of verdict.warnings) attributes.warn(warning)
  if (!verdict.allowed) throw denied(name, verdict.result)
  return verdict

  async function ask(): Promise<Verdict> {
    let answer: unknown
    try {
      answer = await client.post(clientConfig, review, timeoutMs)
    } catch (cause) {
      throw new WebhookCallError(name, `failed to call webhook: ${textOf(cause)}`, cause)
    }
    try {
      return verdictOf(uid, reviewVersion ?? 'v1', mutating, answer)
    } catch (cause) {
      throw new WebhookCallError(name, `received invalid webhook response: ${textOf(cause)}`, cause)
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
