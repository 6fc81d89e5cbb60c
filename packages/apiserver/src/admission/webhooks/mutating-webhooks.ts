import { applyJSONPatch, deepClone, goQuote, internalError, parseJSON, semanticEqual } from '@wherry/apimachinery'
import type { Authorizer } from '../../authz/authorizer.ts'
import type { Registry } from '../../registry/registry.ts'
import type { WebhookClient } from '../../webhook/webhook-client.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts'
import type { Form } from '../matching/forms.ts'
import { isExempt } from '../matching/rules.ts'
import { callHook } from './call.ts'
import { formFor, isWanted } from './conditions.ts'
import { WebhookCallError } from './errors.ts'
import { type Hook, mutatingHooks } from './hooks.ts'

export interface WebhookDeps {
  readonly registry: Registry
  readonly client: WebhookClient
  /** For the match conditions that ask it. */
  readonly authorizer?: Authorizer | undefined
}

const name = 'MutatingAdmissionWebhook'

/** Webhooks that change what is written, one after another. As upstream: plugin/webhook/mutating. */
export function newMutatingWebhooks({ registry, client, authorizer }: WebhookDeps): AdmissionPlugin {
  const hooks = mutatingHooks()
  return {
    name,
    async admit(attributes, behaviours) {
      const all = hooks(behaviours)
      if (all.length === 0 || isExempt(attributes)) return
      const invocations = attributes.reinvocation.of(name)
      invocations.begin(attributes.object)
      for (const hook of all) {
        const form = formFor(hook, attributes, registry, behaviours)
        if (!form || !(await isWanted(hook, form, attributes, authorizer))) continue
        if (!invocations.isDue(hook.uid)) continue
        const changed = await invoke(hook, form, attributes, client)
        invocations.done(hook.uid, { changed, reinvocable: hook.reinvocable })
      }
      invocations.end(attributes.object)
    },
  }
}

/** Whether the hook has changed the object. */
async function invoke(
  hook: Hook,
  form: Form,
  attributes: AdmissionAttributes,
  client: WebhookClient,
): Promise<boolean> {
  try {
    const { patch, patchType } = await callHook(hook, form, attributes, client, true)
    return await applyPatch(hook, form, attributes, patch, patchType)
  } catch (error) {
    if (!(error instanceof WebhookCallError)) throw error
    if (hook.ignoresFailure) return false
    throw internalError(error)
  }
}

async function applyPatch(
  { name: hook }: Hook,
  form: Form,
  { object }: AdmissionAttributes,
  patch: string,
  patchType: string,
): Promise<boolean> {
  if (patch === '') return false
  const operations = decodePatch(hook, patch)
  if (operations.length === 0) return false
  if (!object) {
    throw internalError(
      new Error(
        `admission webhook ${goQuote(hook)} attempted to modify the object, which is not supported for this operation`,
      ),
    )
  }
  if (patchType !== 'JSONPatch') throw new WebhookCallError(hook, `unsupported patch type ${goQuote(patchType)}`)
  const before = deepClone(object)
  try {
    await form.into(object, applyJSONPatch(await form.from(object), operations))
  } catch (cause) {
    throw internalError(cause)
  }
  return !semanticEqual(before, object)
}

function decodePatch(hook: string, patch: string): unknown[] {
  try {
    const operations = parseJSON(Buffer.from(patch, 'base64'))
    if (Array.isArray(operations)) return operations
    if (operations === null) return []
    throw new Error('json: cannot unmarshal object into Go value of type jsonpatch.Patch')
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new WebhookCallError(hook, `received undecodable patch in webhook response: ${text}`, cause)
  }
}
