// What is said of local desktops and their hosts.
export const LOCAL_SAYINGS = {
  localRunsOnHosts: { en: 'a local desktop runs on the hosts it is offered to; here it can be: {allowed|action}', zh: '本地桌面在提供给它的教室电脑上运行；在这里可以：{allowed|action}' },
  localRunOnHost: { en: 'Do it on the host: edu lvd run {instance}.', zh: '请在教室电脑上执行：edu lvd run {instance}。' },
  localOffered: { en: 'offered to its hosts: they fetch it and run it by themselves', zh: '已提供给教室电脑：由它们自行获取并运行' },
  localLeaseOver: { en: 'this host was allowed to start {name} without the cloud until {until|time}', zh: '此电脑可以不经云平台启动 {name}，期限至 {until|time}' },
  localLeaseOverTodo: { en: 'Connect this host to its cluster controller ({cc}): the lease is then renewed by itself, at the latest within {minutes} minutes, at once with edu lvd sync. A desktop that runs goes on running.', zh: '请把此电脑连接到集群控制器（{cc}）：许可会自动更新，最迟 {minutes} 分钟内，或用 edu lvd sync 立即更新。正在运行的桌面会继续运行。' },
  localLeaseWrong: { en: 'the lease of {name} is not a valid one for this host', zh: '{name} 的许可对此电脑无效' },
  localNotOffered: { en: 'no local desktop {name} is offered to this host', zh: '没有名为 {name} 的本地桌面提供给此电脑' },
  localSeveral: { en: 'several local desktops are called {name}: {ids}', zh: '有多个本地桌面名为 {name}：{ids}' },
  localNothingHere: { en: 'version {version} of the image of {name} is not here yet, and the cluster controller cannot be reached', zh: '{name} 的镜像版本 {version} 还没有同步到此电脑，且无法连接集群控制器' },
  localNotOff: { en: '{name} is {state|localState}; it has to be off for that', zh: '{name} 处于“{state|localState}”；须先关闭' },
  localStarted: { en: 'running; made from version {version}', zh: '运行中；由版本 {version} 创建' },
  localStopped: { en: 'off: {how}', zh: '已关闭：{how}' },
  localEnded: { en: 'off: {how|localEnd}', zh: '已关闭：{how|localEnd}' },
  localNoAnswer: { en: 'the cluster controller has kept no offers for this host, and the cloud controller does not answer', zh: '集群控制器没有保存给此电脑的桌面列表，且云控制器没有应答' },
  localGuestsRun: { en: '{count} local desktops run on this host', zh: '此电脑上有 {count} 个本地桌面正在运行' },
  localForceOff: { en: 'Stop them first (edu lvd stop), or switch it off by force.', zh: '请先关闭它们（edu lvd stop），或强制关机。' },
} as const;
