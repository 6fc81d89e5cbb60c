import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { printFlags } from '../../flags/shared.ts'
import { dig, list, record, text, unstructured } from '../../objects/json.ts'
import { newPrinter } from '../../printers/output.ts'
import { TabWriter } from '../../printers/tab-writer.ts'

export const whoamiCommand = defineCommand({
  use: 'auth whoami',
  short: 'Check self subject attributes',
  examples: `# Who the server thinks that I am
$ auth whoami`,
  flags: printFlags,
  async run(context, { args, flags }) {
    if (args.length > 0) throw new UsageError(`unexpected arguments: [${args.join(' ')}]`)
    const { rest } = await context.connect()
    const body = {
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {},
      status: { userInfo: {} },
    }
    const answer = await rest.json('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { body })
    if (flags.output !== '') {
      const printer = await newPrinter({ flags, write: (line) => context.print(line) })
      printer.print(unstructured(answer))
      return
    }
    const user = dig(answer, 'status', 'userInfo')
    const writer = new TabWriter((line) => context.print(line))
    writer.row(['ATTRIBUTE', 'VALUE'])
    const row = (name: string, value: string) => value !== '' && writer.row([name, value])
    const listText = (values: unknown) => `[${list(values).map(text).join(' ')}]`
    row('Username', text(dig(user, 'username')))
    row('UID', text(dig(user, 'uid')))
    if (list(dig(user, 'groups')).length > 0) row('Groups', listText(dig(user, 'groups')))
    const extra = record(dig(user, 'extra'))
    for (const key of Object.keys(extra).sort()) row(`Extra: ${key}`, listText(extra[key]))
    writer.flush()
  },
})
