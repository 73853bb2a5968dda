// 中文界面文字。形状与 en.ts 相同，由编译器检查。
import { labels } from '@educloud/contracts';
import type { Words } from './words.ts';

export const zh: Words = {
  brand: 'eduCloud',
  colon: '：',
  loading: '正在加载…',
  close: '关闭',
  skip: '跳到正文',
  header: { language: 'Switch to English', languageShort: 'English', theme: '主题', system: '跟随系统', light: '浅色', dark: '深色', account: '账号', logout: '退出登录', home: '首页', places: '导航', offline: '与云的连接中断，正在重新连接…' },
  login: { title: '登录', lead: '以便制作和运行镜像。', user: '用户名', password: '密码', submit: '登录', busy: '正在登录…', tagline: '为课堂准备的桌面与服务器，镜像由您亲手制作。' },
  status: {
    label: '云的状态', ready: '就绪', notReady: '未就绪', 'all-in-one': '单机', distributed: '分布式', nodes: '在线节点：{{up}} / {{all}}', images: '镜像：{{count}}', active: '进行中的任务：{{count}}', stuck: '卡住：{{count}}',
    fake: '模拟虚拟机', fakeText: '这里没有真实的虚拟机，运行只是模拟。',
  },
  home: {
    title: '镜像与任务', images: '镜像', imagesLead: '装有系统的磁盘。可以由它制作新镜像，或制作它的新版本。', tasks: '任务', tasksLead: '正在制作的镜像及其进度。',
    noTasks: '目前没有在制作的镜像', noTasksFirst: '首先需要一个可以开始的镜像，见下方。', noTasksText: '在下面选一个镜像，点击“制作新镜像”。随后启动它，在它自己的屏幕上修改，再保存结果。',
    noImages: '还没有镜像', noImagesText: '第一个镜像请用命令行上传。可以是现成的磁盘，也可以是用于安装的光盘（ISO）：',
    ended: '已结束的任务（{{count}}）', open: '打开',
  },
  image: {
    version: '版本 {{version}}', noVersion: '还没有完成的版本', create: '制作新镜像', modify: '修改', held: '正在修改', heldText: '另一个任务正在修改这个镜像。',
    usage: labels('usage', 'zh'),
  },
  begin: {
    createTitle: '由“{{name}}”制作新镜像', modifyTitle: '“{{name}}”的新版本', createLead: '原镜像保持不变。您启动它的副本，修改后以新名称保存。', modifyLead: '您启动版本 {{version}} 的副本，修改后保存为下一个版本。以前的版本都会保留。',
    name: '新镜像的名称', nameHint: '例如：Ubuntu 与 Python，春季学期', description: '说明', optional: '可不填', usage: '用途', ostype: '系统', blank: '磁盘大小（GiB）', memory: '内存（MiB）', cpus: '处理器', usual: '默认', vmType: '配置', vmTypeUsual: '系统的默认配置', node: '节点', anyNode: '自动选择最合适的', more: '机器与节点', submit: '开始', back: '以后再说',
  },
  types: {
    title: '类型', vm: '虚拟机类型', vmLead: '带名称的配置，供人选择而不必填写数字。已创建的机器保持原有配置。', os: '系统类型', osLead: '某类系统所需的虚拟硬件。更改在机器下次启动时生效。',
    newVm: '新建虚拟机类型', newOs: '新建系统类型', edit: '更改', delete: '删除', editTitle: '更改 {{name}}', save: '保存', create: '创建', name: '名称', nameHint: '字母、数字及 . _ -；以后不能更改', diskHint: '0 表示与镜像相同',
    size: '内存 {{memory}} MiB，处理器 {{cpus}} 个', diskAsImage: '磁盘与镜像相同', diskOf: '磁盘 {{size}} GiB', osTitle: '标题', diskBus: '磁盘总线', nic: '网卡', video: '显卡', audio: '声卡', clock: '硬件时钟', utc: '世界时', local: '本地时间', usualSize: '默认配置',
    diskBusIs: '磁盘 {{bus}}', nicIs: '网卡 {{nic}}', videoIs: '显卡 {{video}}', audioIs: '声卡 {{audio}}', silent: '无声卡', utcClock: '时钟为世界时', localClock: '时钟为本地时间', usually: '默认 {{vmType}}',
    deleteTitle: '删除 {{name}}？', deleteVmText: '已创建的机器保持原有配置。', deleteOsText: '仅当没有镜像使用它时才能删除。',
  },
  kind: labels('kind', 'zh'),
  role: labels('role', 'zh'),
  state: labels('state', 'zh'),
  wizard: {
    from: '来自 {{src}}，版本 {{version}}', to: '将成为版本 {{version}}', steps: '步骤', stepOf: '第 {{n}} 步，共 3 步', done: '已完成', current: '当前', ahead: '未到',
    step1: '准备', step2: '运行与编辑', step3: '提交', step1Text: '把镜像复制到节点', step2Text: '在屏幕上修改', step3Text: '保存新版本',
    missing: '没有这个任务', missingText: '它可能已被删除，或者属于其他人。', back: '返回镜像与任务',
    details: '详细信息', sha256: '校验和', size: '大小', machine: '机器', machineText: '内存 {{memory}} MiB，处理器 {{cpus}} 个', tid: '任务', owner: '所有者', created: '开始时间',
    continue: '查看全部镜像', savedAs: '已保存为“{{name}}”，版本 {{version}}',
    accepted: '已提出请求，马上开始。',
  },
  now: {
    preparing: {
      pending: ['一切就绪，可以开始', '准备时会选择一个空间足够的节点，把原镜像复制过去，再在上面建立一块新磁盘。原镜像不会改变。'],
      downloading: ['正在把镜像复制到节点', '从镜像库到集群，再到节点，并核对校验和。您可以离开此页，工作会继续进行。'],
      cloning: ['正在创建您的磁盘', '在复制好的镜像之上建立一块增量磁盘，很快就好。'],
      prepared: ['可以启动了', '下一步：启动机器。它的屏幕会显示在这里，您可以任意安装和修改。'],
      failed: ['准备没有成功', '机器还从未启动，所以您没有丢失任何东西。点击“重试”可重新开始。'],
    },
    editing: {
      booting: ['机器正在启动', '运行起来后，它的屏幕会立即显示在下面。'],
      running: ['机器正在运行', '请在它的屏幕上修改。完成后请关机：在机器里关，或用这里的按钮。'],
      stopping: ['正在关机', '已请求机器自行关机。若在限定时间内没有关闭，将强制断电。'],
      stopped: ['机器已关机', '“提交”会把它的磁盘保存为新版本。也可以再次启动，继续修改。'],
    },
    submitting: {
      uploading: ['正在保存新版本', '磁盘会被压实、送往镜像库并核对。在新版本登记之前，您编辑过的磁盘一直保留。'],
      registering: ['正在登记新版本', '最后一刻：此后新版本就存在了。'],
    },
    submitted: { submitted: ['新版本已保存', '临时机器及其磁盘已移除。镜像可以使用了。'] },
    any: {
      unwinding: ['正在清理', '这一步没有成功，正在移除它已开始的部分。您编辑过的内容会保留。'],
      cancelling: ['正在取消', '正在移除机器及其磁盘。若节点不在线，会等到它恢复。'],
      cancelled: ['已取消', '这个任务建立的一切都已移除。原镜像没有改变。'],
      deleted: ['已删除', '这个任务及其建立的一切都已移除。'],
      stuck: ['卡住了', '清理没有成功，正在等待处理。下面所指的服务恢复后，请点击“重试”。'],
      failed: ['这一步没有成功', '下面说明发生了什么以及该怎么做。'],
    },
  },
  do: { prepare: '准备', run: '启动机器', runAgain: '再次启动', stop: '关机', submit: '提交', retry: '重试', cancel: '取消任务', delete: '删除任务' },
  instance: {
    title: '机器', lead: '由镜像创建的服务器和桌面，磁盘保留还是丢弃由您选择。', none: '还没有机器', noneText: '点击“新建机器”，并选择用来创建它的镜像。', define: '新建机器',
    name: '机器名称', image: '镜像', imageVersion: '{{image}}，版本 {{version}}', kindLabel: '用途', type: '规格', disk: '它的磁盘', submit: '创建',
    kind: labels('insKind', 'zh'), lifetime: labels('lifetime', 'zh'), status: labels('insStatus', 'zh'), task: labels('insTask', 'zh'),
    do: { run: '启动', stop: '关机', reboot: '重启', pause: '暂停', unpause: '继续', suspend: '挂起', resume: '恢复运行', extend: '再延长一小时', reset: '重置', modify: '修改', delete: '删除' },
    missing: '没有这台机器', back: '全部机器', now: '当前情况', off: '机器没有运行。启动后可以看到它的屏幕。',
    size: '内存 {{memory}} MiB，处理器 {{cpus}} 个，磁盘 {{disk}}', nowhere: '尚未选定', networkMore: '网络', card: labels('card', 'zh'), access: '访问地址', accessState: labels('access', 'zh'), accessLater: '端口 {{port}}，放置后开通', publicIp: '公网', copy: '复制', copied: '已复制', ownIp: '地址', fromPool: '从地址池分配', services: '服务', servicesText: '对外提供的服务名称与端口。留空：服务器为 SSH，Windows 为远程桌面。', network: '网络', networkText: '它可以访问外部，外部不能访问它。', id: '机器编号',
    dataDisk: '数据盘（GiB）', dataDiskNone: '无', dataDiskOf: '数据盘：{{size}}', dataLost: '它的数据盘及其中的全部内容也将丢失。', dataStays: '它的数据盘会保留。',
    autoStop: '自动关机', autoStopNext: '下次：{{when}}', autoStopAfter: '启动后 {{count}} 分钟', stopAfter: '运行多久后自动关机（分钟）', stopAfterNever: '从不',
    stopIdle: '无人使用多久后关机（分钟）', autoStopIdle: '无人使用 {{count}} 分钟后（没有打开的屏幕，处理器占用低于 {{percent}}%）', idleSince: '自 {{when}} 起空闲',
    resetTitle: '重置“{{name}}”？', deleteTitle: '删除“{{name}}”？', diskLost: '它的磁盘将永久丢失，包括您在上面安装或更改的全部内容。', nothingLost: '它没有磁盘，不会丢失任何内容。', yesReset: '是，重置', yesDelete: '是，删除',
  },
  weekday: { mon: '周一', tue: '周二', wed: '周三', thu: '周四', fri: '周五', sat: '周六', sun: '周日' },
  local: {
    hosts: '教室电脑', toAll: '提供给所有电脑。', toGroup: '提供给 {{group}} 及其下级的电脑。', lead: '电脑会自行获取镜像并在本机运行，云平台无法连接时也可以（edu lvd run）。', none: '还没有电脑获取它。',
    state: labels('localState', 'zh'), version: '版本 {{version}}', notHere: '镜像尚未到达', coming: '镜像 {{percent}}%', since: '自 {{time}}', silent: '最后已知', group: '提供给此所属组的电脑', groupAll: '所有电脑',
  },
  firstStart: {
    title: '首次启动（cloud-init）', lead: '镜像带有 cloud-init 时，机器首次启动会得到这些内容。密码与 user-data 之后无法在此查看。', hostname: '主机名', user: '账户', userUsual: '镜像自带', password: '密码', sshKeys: 'SSH 公钥，每行一个', userData: 'User-data：脚本或 #cloud-config',
    hasPassword: '密码', keys: 'SSH 公钥：{{count}}', data: 'user-data：{{size}}',
  },
  batch: {
    class: '启动班级', start: '全部启动', count: '数量', names: '它们的名称', namesLike: '从 {{first}} 到 {{last}}', namesNeed: '多台机器的名称需包含 {{braces}}，它会替换为各自的编号。',
    select: '选择“{{name}}”', all: '全部', selected: '已选择：{{count}}', doCount: '{{what}}（{{count}}）', deleteTitle: '删除 {{count}} 台机器？', disksLost: '它们的磁盘将永久丢失，包括在上面安装或更改的全部内容。',
    action: labels('batchAction', 'zh'), state: labels('batchState', 'zh'), ended: '：{{state}}', counts: '已完成 {{done}}/{{total}}', failed: '失败：{{count}}', dismiss: '关闭提示',
  },
  networks: {
    title: '网络', lead: '各集群中机器的访问方式，以及地址和端口所在的池。', none: '还没有集群。', mode: { public: '公开：直接访问节点', private: '私有：由集群控制器转发' }, accessAt: '访问地址 {{host}}',
    noBridge: '没有网桥：机器经节点转发', bridge: '{{all}} 个节点中有 {{with}} 个具有网桥 {{bridge}}', usual: '尚未更改：由节点转发端口。可用 {{command}} 设置。', cannot: '集群控制器无法转发：{{why}}',
    pool: labels('pool', 'zh'), state: labels('addressState', 'zh'), used: '已分配 {{leased}}/{{all}}', resting: '（隔离中：{{count}}）', refused: '未能实现的内容', nobody: '目前没有已分配的地址。', whose: '使用者（{{count}}）',
  },
  stepName: labels('step', 'zh'),
  progress: { label: '进度：{{what}}', speed: '{{speed}}/秒', left: '还需 {{time}}', of: '{{done}} / {{total}}', working: '正在进行…', announce: '{{what}}：百分之 {{percent}}' },
  job: labels('job', 'zh'),
  jobState: labels('jobState', 'zh'),
  fail: { somehow: '出现问题', happened: '{{step}}失败', kept: '保留', keptText: '{{what}}，在 {{where}} 上，保留至 {{until}}', keptDisk: '{{ins}} 编辑过的磁盘，在 {{where}} 上，直到您提交、取消或删除任务', nothingKept: '还没有产生需要保留的东西；原镜像没有改变', todo: '怎么办', problem: '没有成功' },
  confirm: {
    cancelTitle: '取消这个任务？', deleteTitle: '删除这个任务？', lostDisk: '这台机器编辑过的磁盘将永久丢失：自首次启动以来安装和修改的一切都会消失。', lostNothing: '只会移除节点上准备好的副本，您没有任何损失。', recordOnly: '只删除这个任务的记录，已保存的镜像会保留。', source: '原镜像“{{src}}”不受影响。', hint: '若要保留您的工作，请先关机并提交。', yesCancel: '取消任务', yesDelete: '删除任务', no: '保留',
  },
  placement: { title: '运行位置', chosen: '选中', fits: '合适', refused: '不合适', onNode: '在 {{node}} 上', none: '尚未选择节点', why: '考虑过的节点：{{count}}', count: '{{all}} 个节点中有 {{fits}} 个空间足够' },
  history: { title: '历史', plan: '{{seq}}. {{step}}', empty: '还没有进行过任何操作。', how: { agent: '由客户机自行关闭', acpi: '由电源键关闭', forced: '强制断电', 'already-stopped': '此前已经关闭' }, attempt: '第 {{n}} 次尝试' },
  console: {
    title: '机器的屏幕', connecting: '正在连接屏幕…', connected: '已连接', lost: '屏幕连接中断，正在重新连接…', failed: '无法连接屏幕', waiting: '现在没有屏幕：机器正在启动或关闭。', booting: '机器正在启动，屏幕马上显示。', stopped: '机器已关机，现在没有屏幕。', off: '启动机器后即可看到它的屏幕。',
    cad: 'Ctrl-Alt-Del', full: '全屏', paste: '输入文字', reconnect: '重新连接', focus: '使用键盘', leave: '按 Shift+Esc 可把键盘交还给此页。', pasteTitle: '向机器输入文字', pasteLead: '按美式键盘逐键输入，其他字符会被略去。', pasteLabel: '文字', pasteSend: '输入', skipped: '略去的字符：{{count}}',
  },
};
