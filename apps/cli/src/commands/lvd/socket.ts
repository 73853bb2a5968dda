// The option of every command that speaks with the PC it runs on.
import type { Command } from 'commander';
import type { Translate } from '../../language.ts';
import { DEFAULT_SOCKET } from '../../local-door.ts';

export interface SocketOption { socket?: string }

export const withSocket = (command: Command, t: Translate): Command =>
  command.option('--socket <file>', t(`unix socket of the node controller here (EDU_LVD_SOCKET; default ${DEFAULT_SOCKET})`, `本机节点控制器的 unix 套接字（EDU_LVD_SOCKET；默认 ${DEFAULT_SOCKET}）`));
