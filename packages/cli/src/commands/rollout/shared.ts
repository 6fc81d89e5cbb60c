import type { Connection } from '../../access/connection.ts'
import { type Found, visitTargets } from '../../access/targets.ts'
import type { Completer } from '../../command.ts'
import { completeResources } from '../../complete.ts'
import type { Context } from '../../context.ts'
import { CommandError } from '../../errors.ts'
import { fileFlags, selectorFlag } from '../../flags/shared.ts'

export const rolloutTargetFlags = { ...fileFlags, ...selectorFlag } as const

const kinds = ['deployments', 'daemonsets', 'statefulsets']

export const completeRollout: Completer = async (context, args, word) =>
  args.length === 0 && !word.includes('/') ? kinds : completeResources(context, args, word)

interface TargetFlags {
  readonly filename: readonly string[]
  readonly kustomize: string
  readonly recursive: boolean
  readonly selector: string
}

/** Visits the workloads that a rollout verb names. */
export async function visitWorkloads(
  context: Context,
  args: readonly string[],
  flags: TargetFlags,
  visit: (found: Found, connection: Connection) => Promise<void>,
): Promise<void> {
  if (args.length === 0 && flags.filename.length === 0 && flags.kustomize === '') {
    throw new CommandError('required resource not specified')
  }
  const { filename, kustomize, recursive, selector } = flags
  const count = await visitTargets(
    context,
    { args, filename, kustomize, recursive, selector, typesMeanAll: true },
    visit,
  )
  if (count === 0) context.warn(`No resources found in ${(await context.connect()).namespace} namespace.\n`)
}
