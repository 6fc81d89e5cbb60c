import { ServiceAccount } from '@wherry/api'
import { objectPath } from '@wherry/client'
import { completeNames } from '../../complete.ts'
import { defineCommand } from '../../command.ts'
import { CommandError, messageOf, UsageError } from '../../errors.ts'
import { printFlags } from '../../flags/shared.ts'
import { dig, text, unstructured } from '../../objects/json.ts'
import { newPrinter } from '../../printers/output.ts'

const apiVersions: Record<string, string> = { Node: 'v1', Pod: 'v1', Secret: 'v1' }

export const createTokenCommand = defineCommand({
  use: 'create token SERVICE_ACCOUNT_NAME',
  short: 'Request a service account token',
  examples: `# A token of the service account builder
$ create token builder --duration=10m`,
  complete: completeNames('serviceaccounts'),
  flags: {
    ...printFlags,
    audience: { type: 'array', describe: 'Whom the token is for; the API server where none is given.' },
    'bound-object-kind': {
      type: 'string',
      describe: 'Kind of the object whose end ends the token: Node, Pod or Secret.',
    },
    'bound-object-name': { type: 'string', describe: 'Name of that object.' },
    'bound-object-uid': { type: 'string', describe: 'UID of that object.' },
    duration: { type: 'duration', describe: 'How long the token is to be valid; the server decides when 0.' },
  },
  async run(context, { args, flags }) {
    const [name] = args
    if (name === undefined || args.length !== 1)
      throw new UsageError(`exactly one NAME is required, got ${args.length}`)
    const { 'bound-object-kind': kind, 'bound-object-name': bound, 'bound-object-uid': uid } = flags
    if (flags.duration < 0) throw new CommandError('--duration must be greater than or equal to 0')
    if (flags.duration % 1000 !== 0) throw new CommandError('--duration cannot be expressed in units less than seconds')
    if (kind === '' && bound !== '')
      throw new CommandError('--bound-object-name can only be set if --bound-object-kind is provided')
    if (kind === '' && uid !== '')
      throw new CommandError('--bound-object-uid can only be set if --bound-object-kind is provided')
    if (kind !== '' && !(kind in apiVersions))
      throw new CommandError(`supported --bound-object-kind values are Node, Pod, Secret`)
    if (kind !== '' && bound === '')
      throw new CommandError('--bound-object-name is required if --bound-object-kind is provided')
    const request = {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {},
      spec: {
        audiences: flags.audience.length > 0 ? flags.audience : null,
        ...(flags.duration > 0 && { expirationSeconds: flags.duration / 1000 }),
        boundObjectRef:
          kind === '' ? null : { kind, apiVersion: apiVersions[kind], name: bound, ...(uid !== '' && { uid }) },
      },
    }
    const { rest, namespace } = await context.connect()
    const path = objectPath(ServiceAccount, { namespace, name }, 'token')
    const answer = await rest
      .json('POST', path, { body: request }, { kind: ServiceAccount, name })
      .catch((error: unknown) => {
        throw new CommandError(`failed to create token: ${messageOf(error)}`, { cause: error })
      })
    const token = text(dig(answer, 'status', 'token'))
    if (token === '') throw new CommandError('failed to create token: no token in server response')
    if (flags.output === '') return context.print(`${token}\n`)
    const printer = await newPrinter({ flags, write: (line) => context.print(line) })
    return printer.print(unstructured(answer))
  },
})
