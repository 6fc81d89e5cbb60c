import { internalError } from '@wherry/apimachinery'
import type { WebhookClient } from '../../webhook/webhook-client.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts'
import type { Form } from '../matching/forms.ts'
import { isExempt } from '../matching/rules.ts'
import { callHook } from './call.ts'
import { formFor, isWanted } from './conditions.ts'
import { WebhookCallError } from './errors.ts'
import { type Hook, validatingHooks } from './hooks.ts'
import type { WebhookDeps } from './mutating-webhooks.ts'

/** Webhooks that judge what is written, all at once: the first refusal counts. As upstream: plugin/webhook/validating. */
export function newValidatingWebhooks({ registry, client, authorizer }: WebhookDeps): AdmissionPlugin {
  const hooks = validatingHooks()
  return {
    name: 'ValidatingAdmissionWebhook',
    async validate(attributes, behaviours) {
      const all = hooks(behaviours)
      if (all.length === 0 || isExempt(attributes)) return
      const asked: Promise<unknown>[] = []
      for (const hook of all) {
        const form = formFor(hook, attributes, registry, behaviours)
        if (!form || !(await isWanted(hook, form, attributes, authorizer))) continue
        asked.push(judge(hook, form, attributes, client))
      }
      const refusal = (await Promise.all(asked)).find((one) => one !== undefined)
      if (refusal !== undefined) throw refusal
    },
  }
}

/** Why the request is refused; undefined where the webhook has nothing against it. */
async function judge(hook: Hook, form: Form, attributes: AdmissionAttributes, client: WebhookClient): Promise<unknown> {
  try {
    await callHook(hook, form, attributes, client, false)
    return undefined
  } catch (error) {
    if (!(error instanceof WebhookCallError)) return error
    return hook.ignoresFailure ? undefined : internalError(error)
  }
}
