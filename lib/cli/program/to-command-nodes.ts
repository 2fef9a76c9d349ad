import type { Command } from 'commander'
import type { CommandNode } from '../completions/command-node.ts'

/** A program and every command in it, as shells complete them. */
export function toCommandNodes(command: Command, path: string[] = []): CommandNode[] {
  const help = command.createHelp()
  const commands = help.visibleCommands(command)
  const [argument] = command.registeredArguments
  const node: CommandNode = {
    path,
    commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
    options: help
      .visibleOptions(command)
      .map(({ long, short, description, argChoices, required, optional }) => ({
        flags: [long, short].filter((flag): flag is string => flag !== undefined && flag !== null),
        description,
        takesValue: required || optional,
        choices: argChoices ?? [],
      })),
    choices: argument?.argChoices ?? [],
  }
  const below = commands.filter((one) => one.name() !== 'help')
  return [node, ...below.flatMap((one) => toCommandNodes(one, [...path, one.name()]))]
}
