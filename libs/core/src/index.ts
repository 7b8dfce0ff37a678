export { actorText, mayAct, Role, roles, type Actor } from './actor.js';
export {
  agentEchoPort,
  agentIdleSeconds,
  agentLineBytes,
  agentModes,
  agentPingSeconds,
  AgentAnswers,
  AgentOrder,
  AgentReply,
  AgentRequest,
  CounterReading,
  HelloAnswer,
  KeyReading,
  MetricReading,
  ProbeAttempt,
  ProbeOrder,
  ProbeTarget,
  ResolverReading,
  type AgentAnswer,
  type AgentMode,
} from './agent-protocol.js';
export {
  KubeProxyAnswer,
  ProxyRulesAnswer,
  ProxySupportAnswer,
  ProxySync,
} from './proxy-protocol.js';
export { NodeHealth, ProxyModeName } from './node-health.js';
export { adviceReport, type ReportHead } from './advice-report.js';
export { adviseFrom, type Advice, type SeenByTuner, type UnseenParameter } from './advice.js';
export { type AuditDraft, type AuditSubject } from './audit.js';
export { AwaitCondition } from './await-condition.js';
export {
  AwaitChange,
  Change,
  CreateChange,
  EditChange,
  NodeByNode,
  NodeChange,
  NodeValue,
  PathEdit,
  RemoveChange,
  RestartChange,
  type ChangeOf,
} from './change.js';
export { corefileValue, type CorefilePath } from './corefile/corefile-places.js';
export { editCorefile } from './corefile/edit-corefile.js';
export {
  isProblem as isCorefileProblem,
  parseCorefile,
  type Corefile,
  type CorefileBlock,
  type CorefileDirective,
  type CorefileProblem,
} from './corefile/parse-corefile.js';
export { corefileReloadText } from './corefile/reload-text.js';
export {
  AddressRefused,
  AgentLost,
  ClusterForbidden,
  ClusterUnreachable,
  Conflict,
  DatabaseUnavailable,
  DomainError,
  Forbidden,
  Internal,
  InvalidRequest,
  LeaseLost,
  NotFound,
  ObjectChanged,
  PreconditionFailed,
  Unacceptable,
  Unauthenticated,
  WrongCluster,
  type ErrorDetails,
  type ErrorKind,
  type Violation,
} from './errors.js';
export { Evidence, Finding } from './finding.js';
export { ClusterCredentials, ClusterFacts, ClusterIdentity, NodeFacts } from './facts.js';
export {
  changeStates,
  ChangeState,
  Difference,
  hasEnded,
  hasNotWritten,
  JobProblem,
  JobState,
  jobStates,
  mayHaveWritten,
  mayMove,
  Reversal,
  UndoConflictChoice,
} from './job.js';
export {
  AnyJson,
  AnyJsonObject,
  canonicalJson,
  sameJson,
  type Json,
  type JsonObject,
} from './json.js';
export {
  KernelKeyName,
  kernelKeyNames,
  kernelText,
  procPathOf,
  ReadableKeyName,
  reachOf,
  readOnlyKeyNames,
  type KeyReach,
} from './kernel-keys.js';
export {
  clusterFirstNdots,
  dotsIn,
  lookupOrder,
  ndotsIn,
  type SearchRules,
} from './lookup-order.js';
export { nodeCacheName } from './node-cache-name.js';
export { ObjectRef, objectText, refOf, valueAt, type SeenObject } from './objects.js';
export {
  agentPathPort,
  leastMtuBytes,
  LinkReading,
  PathReading,
  pathSearchSeconds,
  PathStop,
  PathTarget,
} from './path-protocol.js';
export {
  measurePaths,
  podLink,
  type MeasuredPaths,
  type NodePath,
  type PathEnds,
} from './paths.js';
export { BlastRadius, hashPlan, Plan, Refusal, Warning, type Sha256 } from './plan.js';
export { planCard } from './plan-card.js';
export { joinPlans, PlanDraft } from './plan-draft.js';
export {
  checkNothing,
  planProfile,
  type PlannedPart,
  type ProfileCheck,
  type ProfileFindings,
} from './plan-profile.js';
export { Measuring, ProfileSettings } from './profile.js';
export { Phase, phases, ProbeSpec, probeName, Sample } from './sample.js';
export {
  type ClusterNode,
  type ClusterReader,
  type NodeReport,
  type OwnedParameter,
  type RbacRule,
  type Tuner,
} from './tuner.js';
export {
  PreImage,
  Written,
  type JournalEntry,
  type PreImageOf,
  type WrittenOf,
} from './engine/journal.js';
export {
  type Checkpoint,
  type Clock,
  type ClusterConnector,
  type EditReading,
  type EditWrite,
  type EngineCluster,
  type JobCommit,
  type JobLease,
  type JobLedger,
  type JobRecord,
  type ProbeEnd,
} from './engine/ports.js';
export { driveJob, type DriveResult } from './engine/drive-job.js';
export { engineActor, type EngineLog, type EnginePorts } from './engine/engine.js';
