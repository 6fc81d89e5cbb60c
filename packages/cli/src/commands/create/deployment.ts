import { Deployment } from '@wherry/api'
import { defineCommand } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import { containerNames } from './container-names.ts'
import { createGenerated, generatorFlags, nameArgument, newMeta } from './generate.ts'

export const createDeploymentCommand = defineCommand({
  use: 'create deployment NAME --image=image -- [COMMAND] [args...]',
  short: 'Create a deployment with the specified name',
  examples: `# A deployment that runs the hello image
$ create deployment web --image=wherry/hello

# With a command, three replicas and a port
$ create deployment web --image=wherry/hello --replicas=3 --port=8080 -- serve`,
  flags: {
    ...generatorFlags,
    image: { type: 'strings', required: true, describe: 'Images to run; each becomes a container.' },
    port: { type: 'int', default: '-1', describe: 'The port that the container listens on.' },
    replicas: { type: 'int', short: 'r', default: '1', describe: 'How many pods to run.' },
  },
  async run(context, { args, dash, flags }) {
    const name = nameArgument(args, dash)
    const command = dash === -1 ? [] : args.slice(dash)
    if (flags.image.length > 1 && command.length > 0) {
      throw new CommandError('cannot specify multiple --image options and command')
    }
    const names = containerNames(flags.image)
    const labels = { app: name }
    const containers = flags.image.map((image, at) => ({
      name: names[at] ?? image,
      image,
      ...(command.length > 0 && { command }),
      ...(at === 0 && flags.port >= 0 && { ports: [{ containerPort: flags.port }] }),
      resources: {},
    }))
    const deployment = {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: newMeta(context, Deployment, name, labels),
      spec: {
        replicas: flags.replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
        strategy: {},
      },
      status: {},
    }
    await createGenerated(context, Deployment, deployment, flags, 'failed to create deployment: ')
  },
})
