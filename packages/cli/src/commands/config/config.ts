import { type Command, defineGroup } from '../../command.ts'

const load = (name: string) => async (): Promise<Command> => {
  const commands = {
    ...(await import('./contexts.ts')),
    ...(await import('./entries.ts')),
    ...(await import('./properties.ts')),
  }
  return pick(commands, name)
}

function pick(commands: Readonly<Record<string, Command>>, name: string): Command {
  const found = commands[name]
  if (!found) throw new Error(`no config command is named ${name}`)
  return found
}

export const configCommand = defineGroup({
  use: 'config SUBCOMMAND',
  short: 'Change kubeconfig files',
  long: `Change kubeconfig files.

 With --kubeconfig, that file only. Otherwise the files of $KUBECONFIG, which are merged: an entry is changed where it stands, a new one
 goes to the first file that is there. Otherwise ~/.kube/config.`,
  commands: {
    'current-context': { short: 'Display the current-context', load: load('currentContextCommand') },
    'delete-cluster': { short: 'Delete the specified cluster from the kubeconfig', load: load('deleteClusterCommand') },
    'delete-context': { short: 'Delete the specified context from the kubeconfig', load: load('deleteContextCommand') },
    'delete-user': { short: 'Delete the specified user from the kubeconfig', load: load('deleteUserCommand') },
    'get-clusters': { short: 'Display clusters defined in the kubeconfig', load: load('getClustersCommand') },
    'get-contexts': { short: 'Describe one or many contexts', load: load('getContextsCommand') },
    'get-users': { short: 'Display users defined in the kubeconfig', load: load('getUsersCommand') },
    'rename-context': { short: 'Rename a context from the kubeconfig file', load: load('renameContextCommand') },
    set: { short: 'Set an individual value in a kubeconfig file', load: load('setPropertyCommand') },
    'set-cluster': { short: 'Set a cluster entry in kubeconfig', load: load('setClusterCommand') },
    'set-context': { short: 'Set a context entry in kubeconfig', load: load('setContextCommand') },
    'set-credentials': { short: 'Set a user entry in kubeconfig', load: load('setCredentialsCommand') },
    unset: { short: 'Unset an individual value in a kubeconfig file', load: load('unsetPropertyCommand') },
    'use-context': {
      short: 'Set the current-context in a kubeconfig file',
      aliases: ['use'],
      load: load('useContextCommand'),
    },
    view: {
      short: 'Display merged kubeconfig settings or a specified kubeconfig file',
      load: async () => (await import('./view.ts')).viewCommand,
    },
  },
})
