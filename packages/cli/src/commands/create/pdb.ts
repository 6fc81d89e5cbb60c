import { PodDisruptionBudget } from '@wherry/api'
import { parseLabelSelector } from '@wherry/apimachinery'
import { defineCommand } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import { intOrText } from '../../objects/int-or-text.ts'
import { labelSelectorOf } from '../../objects/label-selector.ts'
import { createGenerated, generatorFlags, nameArgument, newMeta } from './generate.ts'

export const createPDBCommand = defineCommand({
  use: 'create poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
  short: 'Create a pod disruption budget with the specified name',
  examples: `# At least one pod of app=web stays up
$ create pdb web --selector=app=web --min-available=1`,
  flags: {
    ...generatorFlags,
    'max-unavailable': { type: 'string', describe: 'How many pods may be down at once; a number or a percentage.' },
    'min-available': { type: 'string', describe: 'How many pods must stay up; a number or a percentage.' },
    selector: { type: 'string', describe: 'Labels of the pods that the budget is for.' },
  },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const { 'min-available': min, 'max-unavailable': max } = flags
    if (flags.selector === '') throw new CommandError('a selector must be specified')
    if (min === '' && max === '') throw new CommandError('one of min-available or max-unavailable must be specified')
    if (min !== '' && max !== '') throw new CommandError('min-available and max-unavailable cannot be both specified')
    const budget = {
      kind: 'PodDisruptionBudget',
      apiVersion: 'policy/v1',
      metadata: newMeta(context, PodDisruptionBudget, name),
      spec: {
        ...(min !== '' && { minAvailable: intOrText(min) }),
        selector: labelSelectorOf(parseLabelSelector(flags.selector)),
        ...(max !== '' && { maxUnavailable: intOrText(max) }),
      },
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    }
    await createGenerated(context, PodDisruptionBudget, budget, flags, 'failed to create poddisruptionbudgets: ')
  },
})
