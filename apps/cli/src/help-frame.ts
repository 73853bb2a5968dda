// The frame of every --help and of the complaints about a command line, which come from commander in English, in the reader's language.
import { Help, type Command, type CommanderError, type Option } from 'commander';
import type { Translate } from './language.ts';
import { displayWidth } from './output.ts';

const TITLES: Record<string, string> = { 'Usage:': '用法：', 'Arguments:': '参数：', 'Options:': '选项：', 'Commands:': '命令：', 'Global Options:': '全局选项：' };

/** Applies to this command and, as they inherit it, to those made from it afterwards. */
export function withFrame(program: Command, t: Translate): Command {
  program.helpOption('-h, --help', t('show this help', '显示帮助')).helpCommand('help [command]', t('show the help of a command', '显示某个命令的帮助'));
  if (t.language === 'en') return program;
  return program.configureHelp({
    displayWidth,
    styleTitle: (title) => TITLES[title] ?? title,
    styleUsage: (usage) => usage.replace('[options]', '[选项]').replace('[command]', '[命令]'),
    styleSubcommandTerm: (term) => term.replace('[options]', '[选项]').replace('[command]', '[命令]'),
    optionDescription(option: Option) {
      return Help.prototype.optionDescription.call(this, option).replace(' (choices: ', '（可选：').replace(' (default: ', '（默认：').replace(', default: ', '；默认：').replace(/(（(?:可选|默认)：.*)\)$/, '$1）');
    },
  });
}

/** In Chinese by the code of the complaint; the names that were typed stand in quotes. */
const COMPLAINTS: Record<string, (names: string[]) => string> = {
  'commander.unknownOption': ([option]) => `未知的选项 ${option}`,
  'commander.unknownCommand': ([command]) => `未知的命令 ${command}`,
  'commander.missingArgument': ([name]) => `缺少参数 ${name}`,
  'commander.optionMissingArgument': ([option]) => `选项 ${option} 缺少值`,
  'commander.missingMandatoryOptionValue': ([option]) => `缺少必需的选项 ${option}`,
  'commander.excessArguments': () => '参数过多',
};

export function complaintOf(e: CommanderError, t: Translate): string {
  const [line = '', hint = ''] = e.message.replace(/^error: /, '').split('\n');
  if (t.language === 'en') return [line, hint].filter(Boolean).join(' ');
  const names = [...line.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '');
  const meant = /\(Did you mean (?:one of )?(.*)\?\)/.exec(hint)?.[1];
  const invalid = /is invalid(?: for argument '[^']*')?\. (.*)$/.exec(line)?.[1];
  const choices = invalid && /^Allowed choices are (.*)\.$/.exec(invalid)?.[1];
  const said = e.code === 'commander.invalidArgument' ? `${names[0]}：${line.startsWith('option') ? `值 ${names[1]} ` : ''}无效。${choices ? `可选：${choices}` : (invalid ?? '')}` : (COMPLAINTS[e.code]?.(names) ?? line);
  return meant ? `${said}（您是否想用 ${meant}？）` : said;
}
