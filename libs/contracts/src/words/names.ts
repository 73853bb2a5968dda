// Words for what has a code of its own: states, steps, jobs, roles. Used by the web pages, by `edu`, and inside of sayings.
import type { Role } from '../ids.ts';
import type { JobName } from '../jobs.ts';
import type { ImageUsage, VersionState } from '../images.ts';
import type { DaemonState } from '../registration.ts';
import type { Phase, Step, TaskState, VmStatus } from '../phases.ts';
import type { InstanceAction, InstanceStatusWord, InstanceTask } from '../instance-states.ts';
import type { LocalEnd, LocalState } from '../local-desktops.ts';
import type { UserRole } from '../accounts.ts';
import type { HostDuty, PlacementPolicy } from '../hosts.ts';
import type { BatchAction, BatchState, MemberState } from '../batches.ts';
import type { AddressState, PoolKind } from '../cluster-networks.ts';
import type { NetworkMode } from '../networks.ts';

interface Name { en: string; zh: string }

const phase = {
  preparing: { en: 'preparing', zh: '准备' }, editing: { en: 'editing', zh: '编辑' }, submitting: { en: 'submitting', zh: '提交' }, submitted: { en: 'submitted', zh: '已提交' },
} satisfies Record<Phase, Name>;

const state = {
  pending: { en: 'not started', zh: '未开始' }, downloading: { en: 'copying', zh: '正在复制' }, cloning: { en: 'making the disk', zh: '正在创建磁盘' }, prepared: { en: 'ready to start', zh: '可以启动' },
  booting: { en: 'starting', zh: '正在启动' }, running: { en: 'running', zh: '运行中' }, stopping: { en: 'shutting down', zh: '正在关机' }, stopped: { en: 'stopped', zh: '已关机' },
  uploading: { en: 'saving', zh: '正在保存' }, registering: { en: 'registering', zh: '正在登记' }, submitted: { en: 'saved', zh: '已保存' },
  failed: { en: 'failed', zh: '失败' }, cancelling: { en: 'cancelling', zh: '正在取消' }, cancelled: { en: 'cancelled', zh: '已取消' }, deleted: { en: 'deleted', zh: '已删除' }, unwinding: { en: 'tidying up', zh: '正在清理' }, stuck: { en: 'stuck', zh: '卡住' },
} satisfies Record<TaskState, Name>;

const step = {
  prepare: { en: 'Preparing', zh: '准备' }, run: { en: 'Starting', zh: '启动' }, stop: { en: 'Shutting down', zh: '关机' }, submit: { en: 'Submitting', zh: '提交' }, retry: { en: 'Retrying', zh: '重试' }, cancel: { en: 'Cancelling', zh: '取消' }, delete: { en: 'Deleting', zh: '删除' },
  begin: { en: 'Beginning', zh: '开始' }, discard: { en: 'Removing', zh: '清理' },
} satisfies Record<Step | 'begin' | 'discard', Name>;

const job = {
  placeInstance: { en: 'Choose a node', zh: '选择节点' }, cacheImage: { en: 'Copy to the cluster', zh: '复制到集群' }, fetchImage: { en: 'Copy to the node', zh: '复制到节点' }, cloneDisk: { en: 'Make the disk', zh: '创建磁盘' },
  claimCompute: { en: 'Reserve memory and processors', zh: '预留内存和处理器' }, startDomain: { en: 'Start the machine', zh: '启动机器' }, stopDomain: { en: 'Shut down the machine', zh: '关闭机器' }, releaseCompute: { en: 'Give back memory and processors', zh: '归还内存和处理器' },
  flattenDisk: { en: 'Make the disk compact', zh: '压实磁盘' }, stageUpload: { en: 'Make room on the cluster', zh: '在集群预留空间' }, reserveUpload: { en: 'Make room in the image store', zh: '在镜像库预留空间' }, uploadToCluster: { en: 'Send to the cluster', zh: '送往集群' }, uploadToStore: { en: 'Send to the image store', zh: '送往镜像库' }, registerVersion: { en: 'Register the version', zh: '登记版本' },
  discardInstance: { en: 'Remove from the node', zh: '从节点移除' }, discardStaging: { en: 'Remove from the cluster', zh: '从集群移除' }, discardUpload: { en: 'Remove from the image store', zh: '从镜像库移除' }, releaseClaims: { en: 'Give everything back', zh: '归还全部资源' }, deleteVersion: { en: 'Remove the version', zh: '移除版本' },
  removeFromNode: { en: 'Remove what nobody owns from a node', zh: '从节点移除无主的内容' }, removeFromCluster: { en: 'Remove what nobody owns from a cluster', zh: '从集群移除无主的内容' }, removeFromStore: { en: 'Remove what nobody owns from the image store', zh: '从镜像库移除无主的内容' },
  rebootDomain: { en: 'Restart the machine', zh: '重启机器' }, pauseDomain: { en: 'Pause the machine', zh: '暂停机器' }, unpauseDomain: { en: 'Let the machine go on', zh: '让机器继续运行' },
  openAccess: { en: 'Open the ways to the machine', zh: '开通到机器的网络' }, closeAccess: { en: 'Close the ways to the machine', zh: '关闭到机器的网络' },
  callHost: { en: 'Call the network card of the host', zh: '唤醒电脑的网卡' }, powerOff: { en: 'Switch the host off', zh: '关闭电脑' }, pullFacts: { en: 'Ask the host what it has', zh: '向主机获取最新数据' },
  claimSaved: { en: 'Reserve room for the memory', zh: '为内存内容预留空间' }, suspendDomain: { en: 'Save the memory', zh: '保存内存内容' }, resumeDomain: { en: 'Go on from the saved memory', zh: '从保存的内存内容继续' }, releaseSaved: { en: 'Give back the room of the memory', zh: '归还内存内容的空间' },
  claimDataDisk: { en: 'Reserve room for the data disk', zh: '为数据盘预留空间' }, makeDataDisk: { en: 'Make the data disk', zh: '创建数据盘' },
  stopGuests: { en: 'Switch off all machines of a node', zh: '关闭节点上的全部机器' },
} satisfies Record<JobName, Name>;

/** Of jobs and plans. */
const jobState = {
  pending: { en: 'waiting', zh: '等待' }, skipped: { en: 'not needed', zh: '不需要' }, running: { en: 'running', zh: '进行中' }, done: { en: 'done', zh: '完成' }, undoing: { en: 'undoing', zh: '正在撤销' }, undone: { en: 'undone', zh: '已撤销' }, failed: { en: 'failed', zh: '失败' }, stuck: { en: 'stuck', zh: '卡住' }, unwinding: { en: 'tidying up', zh: '正在清理' }, cancelled: { en: 'cancelled', zh: '已取消' },
} satisfies Record<string, Name>;

const vm = {
  init: { en: 'not started', zh: '未启动' }, running: { en: 'running', zh: '运行中' }, stopping: { en: 'shutting down', zh: '正在关机' }, stopped: { en: 'stopped', zh: '已关机' },
} satisfies Record<VmStatus, Name>;

const guest = {
  running: { en: 'running', zh: '运行中' }, paused: { en: 'paused', zh: '已暂停' }, shutoff: { en: 'off', zh: '已关机' }, 'shutting-down': { en: 'shutting down', zh: '正在关机' }, stopped: { en: 'stopped', zh: '已关机' }, crashed: { en: 'crashed', zh: '已崩溃' }, absent: { en: 'absent', zh: '不存在' }, failed: { en: 'failed', zh: '出错' },
} satisfies Record<string, Name>;

const daemon = {
  new: { en: 'new', zh: '新登记' }, up: { en: 'up', zh: '在线' }, suspect: { en: 'suspect', zh: '可疑' }, down: { en: 'down', zh: '离线' },
} satisfies Record<DaemonState, Name>;

const role = {
  clc: { en: 'cloud controller', zh: '云控制器' }, cc: { en: 'cluster controller', zh: '集群控制器' }, nc: { en: 'node', zh: '节点' }, walrus: { en: 'image store', zh: '镜像库' }, sc: { en: 'storage controller', zh: '存储控制器' },
} satisfies Record<Role, Name>;

const userRole = { admin: { en: 'administrator', zh: '管理员' }, user: { en: 'user', zh: '用户' } } satisfies Record<UserRole, Name>;
const usage = { desktop: { en: 'desktop', zh: '桌面' }, server: { en: 'server', zh: '服务器' }, medium: { en: 'installation disc', zh: '安装光盘' } } satisfies Record<ImageUsage, Name>;
/** Those that come with the cloud; others are called as their administrator calls them. */
const ostype = { linux: { en: 'Linux', zh: 'Linux' }, windows: { en: 'Windows', zh: 'Windows' }, other: { en: 'other system', zh: '其他系统' }, 'linux-desktop': { en: 'Linux desktop', zh: 'Linux 桌面' }, 'windows-desktop': { en: 'Windows desktop', zh: 'Windows 桌面' }, 'windows-legacy': { en: 'old Windows', zh: '旧版 Windows' } } satisfies Record<string, Name>;
const version = {
  reserved: { en: 'reserved', zh: '已预留' }, uploading: { en: 'uploading', zh: '正在上传' }, available: { en: 'available', zh: '可用' }, refused: { en: 'refused', zh: '被拒绝' }, deleting: { en: 'deleting', zh: '正在删除' }, deleted: { en: 'deleted', zh: '已删除' },
} satisfies Record<VersionState, Name>;
const kind = { 'image/create': { en: 'New image', zh: '新镜像' }, 'image/modify': { en: 'New version', zh: '新版本' } } satisfies Record<string, Name>;
const mode = { 'all-in-one': { en: 'one machine', zh: '单机' }, distributed: { en: 'distributed', zh: '分布式' } } satisfies Record<string, Name>;
const action = {
  run: { en: 'Starting', zh: '启动' }, stop: { en: 'Shutting down', zh: '关机' }, reboot: { en: 'Restarting', zh: '重启' }, pause: { en: 'Pausing', zh: '暂停' }, unpause: { en: 'Going on', zh: '继续' }, suspend: { en: 'Suspending', zh: '挂起' }, resume: { en: 'Resuming', zh: '恢复运行' }, extend: { en: 'Putting off', zh: '推迟关机' }, reset: { en: 'Resetting', zh: '重置' }, modify: { en: 'Changing', zh: '修改' }, delete: { en: 'Deleting', zh: '删除' },
} satisfies Record<InstanceAction, Name>;
const insStatus = {
  DEFINED: { en: 'defined', zh: '已定义' }, BUILD: { en: 'being made', zh: '正在创建' }, ACTIVE: { en: 'running', zh: '运行中' }, PAUSED: { en: 'paused', zh: '已暂停' }, SUSPENDED: { en: 'suspended', zh: '已挂起' }, SHUTOFF: { en: 'off', zh: '已关机' }, REBOOT: { en: 'restarting', zh: '正在重启' }, ERROR: { en: 'error', zh: '出错' }, DELETED: { en: 'deleted', zh: '已删除' },
} satisfies Record<InstanceStatusWord, Name>;
const insTask = {
  scheduling: { en: 'choosing a node', zh: '选择节点' }, downloading: { en: 'copying', zh: '正在复制' }, cloning: { en: 'making the disk', zh: '正在创建磁盘' }, spawning: { en: 'starting', zh: '正在启动' }, 'powering-off': { en: 'shutting down', zh: '正在关机' }, rebooting: { en: 'restarting', zh: '正在重启' }, pausing: { en: 'pausing', zh: '正在暂停' }, unpausing: { en: 'going on', zh: '正在继续' }, suspending: { en: 'suspending', zh: '正在挂起' }, resuming: { en: 'resuming', zh: '正在恢复运行' }, resetting: { en: 'throwing the disk away', zh: '正在丢弃磁盘' }, deleting: { en: 'deleting', zh: '正在删除' }, unwinding: { en: 'tidying up', zh: '正在清理' }, stuck: { en: 'stuck', zh: '卡住' },
} satisfies Record<InstanceTask, Name>;
const lifetime = { temporary: { en: 'temporary', zh: '临时' }, assigned: { en: 'made anew at each run', zh: '每次启动重新创建' }, persistent: { en: 'persistent', zh: '永久' } } satisfies Record<string, Name>;
const insKind = { vs: { en: 'virtual server', zh: '虚拟服务器' }, rvd: { en: 'remote desktop', zh: '远程桌面' }, lvd: { en: 'local desktop', zh: '本地桌面' } } satisfies Record<string, Name>;
const localState = { off: { en: 'off', zh: '已关闭' }, starting: { en: 'starting', zh: '正在启动' }, running: { en: 'running', zh: '运行中' }, stopping: { en: 'shutting down', zh: '正在关机' } } satisfies Record<LocalState, Name>;
const localEnd = {
  agent: { en: 'shut down by its agent', zh: '由客户机代理关机' }, acpi: { en: 'shut down', zh: '正常关机' }, forced: { en: 'switched off by force', zh: '被强制断电' }, 'already-stopped': { en: 'was off already', zh: '此前已关闭' },
  'by-itself': { en: 'powered itself off', zh: '自行关机' }, crashed: { en: 'crashed', zh: '崩溃' }, lost: { en: 'gone when the host came back', zh: '电脑恢复时已不在' },
} satisfies Record<LocalEnd, Name>;
const pool = {
  'rdp-port': { en: 'desktop ports', zh: '桌面端口' }, 'management-port': { en: 'service ports', zh: '服务端口' }, 'public-ip': { en: 'public addresses', zh: '公网地址' }, 'private-ip': { en: 'private addresses', zh: '内网地址' }, mac: { en: 'MAC addresses', zh: 'MAC 地址' },
} satisfies Record<PoolKind, Name>;
const addressState = { free: { en: 'free', zh: '空闲' }, leased: { en: 'leased', zh: '已分配' }, quarantine: { en: 'in quarantine', zh: '隔离中' } } satisfies Record<AddressState, Name>;
const networkMode = { public: { en: 'public', zh: '公开' }, private: { en: 'private', zh: '私有' } } satisfies Record<NetworkMode, Name>;
const access = { closed: { en: 'closed', zh: '已关闭' }, opening: { en: 'opening', zh: '正在开通' }, open: { en: 'open', zh: '可访问' } } satisfies Record<string, Name>;
const card = { auto: { en: 'automatic', zh: '自动' }, nat: { en: 'behind its node', zh: '经节点转发' }, bridge: { en: 'own address', zh: '独立地址' } } satisfies Record<string, Name>;
const policy = { spread: { en: 'spread (the emptiest)', zh: '分散（最空闲的）' }, pack: { en: 'pack (the fullest)', zh: '集中（最满的）' }, 'round-robin': { en: 'round-robin (one after the other)', zh: '轮流（依次）' } } satisfies Record<PlacementPolicy, Name>;
const duty = { enabled: { en: 'enabled', zh: '启用' }, draining: { en: 'draining', zh: '排空中' }, disabled: { en: 'disabled', zh: '停用' } } satisfies Record<HostDuty, Name>;
const batchAction = { 'define-and-run': { en: 'Starting a class', zh: '启动班级' }, run: { en: 'Starting', zh: '启动' }, stop: { en: 'Shutting down', zh: '关机' }, delete: { en: 'Deleting', zh: '删除' } } satisfies Record<BatchAction, Name>;
const batchState = { running: { en: 'under way', zh: '进行中' }, done: { en: 'done', zh: '完成' }, 'done-with-failures': { en: 'done, with failures', zh: '完成，但有失败' } } satisfies Record<BatchState, Name>;
const memberState = { accepted: { en: 'waiting', zh: '等待' }, running: { en: 'under way', zh: '进行中' }, done: { en: 'done', zh: '完成' }, failed: { en: 'failed', zh: '失败' }, refused: { en: 'refused', zh: '被拒绝' } } satisfies Record<MemberState, Name>;
/** Checks of /readyz. */
const check = {
  database: { en: 'database', zh: '数据库' }, bus: { en: 'bus', zh: '消息服务' }, progress: { en: 'progress', zh: '进度缓存' }, tasks: { en: 'tasks', zh: '任务' }, registered: { en: 'registered', zh: '登记' }, registration: { en: 'registration', zh: '登记' }, hypervisor: { en: 'hypervisor', zh: '虚拟机管理器' }, store: { en: 'store', zh: '镜像目录' }, pools: { en: 'pools', zh: '存储池' }, statuses: { en: 'statuses', zh: '状态' }, leader: { en: 'leader', zh: '主控' },
} satisfies Record<string, Name>;

export const NAMES = { phase, state, step, job, jobState, vm, guest, daemon, role, userRole, usage, ostype, version, kind, mode, check, action, insStatus, insTask, lifetime, insKind, pool, addressState, networkMode, access, card, policy, duty, batchAction, batchState, memberState, localState, localEnd } as const;
export type NameKind = keyof typeof NAMES;

/** All words of one kind in one language, for labels. */
export const labels = <K extends NameKind>(kind: K, language: 'en' | 'zh'): Record<keyof (typeof NAMES)[K], string> =>
  Object.fromEntries(Object.entries(NAMES[kind] as Record<string, Name>).map(([code, name]) => [code, name[language]])) as Record<keyof (typeof NAMES)[K], string>;
