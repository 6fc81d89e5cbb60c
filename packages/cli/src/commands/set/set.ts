import { defineGroup } from '../../command.ts'

export const setCommand = defineGroup({
  use: 'set SUBCOMMAND',
  short: 'Set features of objects',
  long: `Set features of objects that are there already.`,
  commands: {
    env: {
      short: 'Update environment variables on a pod template',
      load: async () => (await import('./env.ts')).setEnvCommand,
    },
    image: {
      short: 'Update the image of a pod template',
      load: async () => (await import('./image.ts')).setImageCommand,
    },
    resources: {
      short: 'Update resource requests/limits on objects with pod templates',
      load: async () => (await import('./resources.ts')).setResourcesCommand,
    },
    selector: {
      short: 'Set the selector on a resource',
      load: async () => (await import('./others.ts')).setSelectorCommand,
    },
    serviceaccount: {
      short: 'Update the service account of a resource',
      aliases: ['sa'],
      load: async () => (await import('./others.ts')).setServiceAccountCommand,
    },
    subject: {
      short: 'Update the user, group, or service account in a role binding or cluster role binding',
      load: async () => (await import('./others.ts')).setSubjectCommand,
    },
  },
})
