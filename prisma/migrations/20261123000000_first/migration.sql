-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "clusters" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "labels" JSONB NOT NULL,
    "endpoint" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "problem" JSONB,
    "identity" JSONB,
    "facts" JSONB,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checked_at" TIMESTAMPTZ(3),
    "check_due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "clusters_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cluster_credentials" (
    "cluster_id" UUID NOT NULL,
    "format" SMALLINT NOT NULL,
    "key_id" TEXT NOT NULL,
    "nonce" BYTEA NOT NULL,
    "sealed" BYTEA NOT NULL,
    "sealed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cluster_credentials_pkey" PRIMARY KEY ("cluster_id")
);

-- CreateTable
CREATE TABLE "observations" (
    "cluster_id" UUID NOT NULL,
    "tuner" TEXT NOT NULL,
    "observation" JSONB NOT NULL,
    "observed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "observations_pkey" PRIMARY KEY ("cluster_id","tuner")
);

-- CreateTable
CREATE TABLE "profiles" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "profiles_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "profile_revisions" (
    "profile_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "description" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "revised_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revised_by" TEXT NOT NULL,

    CONSTRAINT "profile_revisions_pkey" PRIMARY KEY ("profile_id","revision")
);

-- CreateTable
CREATE TABLE "jobs" (
    "id" UUID NOT NULL,
    "cluster_id" UUID NOT NULL,
    "profile_id" UUID NOT NULL,
    "profile_revision" INTEGER NOT NULL,
    "settings" JSONB NOT NULL,
    "measuring" JSONB NOT NULL,
    "approval" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "state_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" JSONB NOT NULL,
    "plan" JSONB,
    "plan_hash" TEXT,
    "approved_hash" TEXT,
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "reversal" JSONB,
    "problem" JSONB,
    "measure_attempt" INTEGER NOT NULL DEFAULT 0,
    "settled_from" TIMESTAMPTZ(3),
    "observed_at" TIMESTAMPTZ(3),
    "recheck_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "change_journal" (
    "job_id" UUID NOT NULL,
    "change_id" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "pre_image" JSONB,
    "written" JSONB,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "change_journal_pkey" PRIMARY KEY ("job_id","change_id")
);

-- CreateTable
CREATE TABLE "samples" (
    "id" BIGSERIAL NOT NULL,
    "job_id" UUID NOT NULL,
    "phase" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "round" INTEGER NOT NULL,
    "probe" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "node" TEXT NOT NULL,
    "peer" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "value" DOUBLE PRECISION,
    "invalid" TEXT,

    CONSTRAINT "samples_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "response" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("actor","key")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "seq" BIGINT NOT NULL,
    "schema_version" SMALLINT NOT NULL,
    "at_micros" BIGINT NOT NULL,
    "type" TEXT NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_name" TEXT NOT NULL,
    "actor_role" TEXT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "cluster_id" TEXT,
    "job_id" TEXT,
    "data" TEXT NOT NULL,
    "prev_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "audit_chain" (
    "id" SMALLINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_chain_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cluster_leases" (
    "cluster_id" UUID NOT NULL,
    "job_id" UUID NOT NULL,
    "holder" TEXT,
    "fence" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "cluster_leases_pkey" PRIMARY KEY ("cluster_id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "bell" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "clusters_name_key" ON "clusters"("name");

-- CreateIndex
CREATE INDEX "clusters_check_due_at_idx" ON "clusters"("check_due_at");

-- CreateIndex
CREATE UNIQUE INDEX "profiles_name_key" ON "profiles"("name");

-- CreateIndex
CREATE INDEX "jobs_cluster_id_id_idx" ON "jobs"("cluster_id", "id");

-- CreateIndex
CREATE INDEX "jobs_recheck_at_idx" ON "jobs"("recheck_at");

-- CreateIndex
CREATE INDEX "samples_job_id_phase_attempt_id_idx" ON "samples"("job_id", "phase", "attempt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");

-- CreateIndex
CREATE INDEX "idempotency_keys_expires_at_idx" ON "idempotency_keys"("expires_at");

-- CreateIndex
CREATE INDEX "audit_events_job_id_seq_idx" ON "audit_events"("job_id", "seq");

-- CreateIndex
CREATE INDEX "audit_events_cluster_id_seq_idx" ON "audit_events"("cluster_id", "seq");

-- CreateIndex
CREATE INDEX "audit_events_type_seq_idx" ON "audit_events"("type", "seq");

-- AddForeignKey
ALTER TABLE "cluster_credentials" ADD CONSTRAINT "cluster_credentials_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "clusters"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "observations" ADD CONSTRAINT "observations_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "clusters"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "profile_revisions" ADD CONSTRAINT "profile_revisions_profile_id_fkey" FOREIGN KEY ("profile_id") REFERENCES "profiles"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "change_journal" ADD CONSTRAINT "change_journal_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cluster_leases" ADD CONSTRAINT "cluster_leases_cluster_id_fkey" FOREIGN KEY ("cluster_id") REFERENCES "clusters"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- Values that only these columns may hold.
ALTER TABLE "audit_chain" ADD CONSTRAINT "audit_chain_one_row" CHECK ("id" = 1);
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_approval" CHECK ("approval" IN ('required', 'not-required'));
ALTER TABLE "samples" ADD CONSTRAINT "samples_value_or_reason" CHECK (("value" IS NULL) <> ("invalid" IS NULL));

-- The head is rewritten with every commit: room on its page lets that happen in place.
ALTER TABLE "audit_chain" SET (fillfactor = 10);

-- The chain begins with 32 zero bytes.
INSERT INTO "audit_chain" ("id", "seq", "hash") VALUES (1, 0, decode(repeat('00', 32), 'hex'));

-- One column of an event as it is hashed: a netstring, or `-,` for NULL, which no netstring begins with.
CREATE FUNCTION "audit_netstring"("value" text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN "value" IS NULL THEN '-,' ELSE octet_length("value") || ':' || "value" || ',' END;

-- Puts events at the end of the chain, in their order, and wakes whoever listens. The lock on the head
-- lasts until the commit, so that the order of `seq` is the order of commits and a rollback leaves no
-- gap: call it once per transaction, as the last statement.
-- `events`: [{type, actorKind, actorId, actorName, actorRole, subjectKind, subjectId, clusterId, jobId,
-- data}], `data` being canonical JSON (RFC 8785) as a string. Returns the new head's seq.
CREATE FUNCTION "audit_append"("events" jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  head_seq bigint;
  head_hash bytea;
  next_hash bytea;
  -- Whole milliseconds, so that a reader without microseconds loses nothing.
  at_micros bigint;
  event record;
BEGIN
  PERFORM pg_notify('fairlead_commit', '');
  IF jsonb_array_length(events) = 0 THEN
    RETURN NULL;
  END IF;

  SELECT c.seq, c.hash INTO STRICT head_seq, head_hash FROM audit_chain c WHERE c.id = 1 FOR UPDATE;
  at_micros := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint * 1000;

  FOR event IN
    SELECT listed.* FROM ROWS FROM (jsonb_to_recordset(events) AS (
      "type" text, "actorKind" text, "actorId" text, "actorName" text, "actorRole" text,
      "subjectKind" text, "subjectId" text, "clusterId" text, "jobId" text, "data" text
    )) WITH ORDINALITY AS listed ORDER BY listed.ordinality
  LOOP
    head_seq := head_seq + 1;
    next_hash := sha256(head_hash || convert_to(
      audit_netstring('1') || audit_netstring(head_seq::text) || audit_netstring(at_micros::text)
      || audit_netstring(event."type")
      || audit_netstring(event."actorKind") || audit_netstring(event."actorId")
      || audit_netstring(event."actorName") || audit_netstring(event."actorRole")
      || audit_netstring(event."subjectKind") || audit_netstring(event."subjectId")
      || audit_netstring(event."clusterId") || audit_netstring(event."jobId")
      || audit_netstring(event."data"), 'UTF8'));
    INSERT INTO audit_events (
      seq, schema_version, at_micros, type, actor_kind, actor_id, actor_name, actor_role,
      subject_kind, subject_id, cluster_id, job_id, data, prev_hash, hash
    ) VALUES (
      head_seq, 1, at_micros, event."type", event."actorKind", event."actorId", event."actorName",
      event."actorRole", event."subjectKind", event."subjectId", event."clusterId", event."jobId",
      event."data", head_hash, next_hash
    );
    head_hash := next_hash;
  END LOOP;

  UPDATE audit_chain SET seq = head_seq, hash = head_hash WHERE id = 1;
  RETURN head_seq;
END
$$;

-- Whoever wants to rewrite history has to take these off first, which needs the owner's rights.
CREATE FUNCTION "audit_refuse_change"() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'audit events are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER "audit_events_append_only" BEFORE UPDATE OR DELETE ON "audit_events"
FOR EACH ROW EXECUTE FUNCTION "audit_refuse_change"();
CREATE TRIGGER "audit_events_no_truncate" BEFORE TRUNCATE ON "audit_events"
FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_change"();
CREATE TRIGGER "audit_chain_forward_only" BEFORE UPDATE ON "audit_chain"
FOR EACH ROW WHEN (NEW."id" <> OLD."id" OR NEW."seq" <= OLD."seq") EXECUTE FUNCTION "audit_refuse_change"();
CREATE TRIGGER "audit_chain_stays" BEFORE DELETE OR TRUNCATE ON "audit_chain"
FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_change"();
-- ENABLE ALWAYS: also when session_replication_role is `replica`.
ALTER TABLE "audit_events" ENABLE ALWAYS TRIGGER "audit_events_append_only";
ALTER TABLE "audit_events" ENABLE ALWAYS TRIGGER "audit_events_no_truncate";
ALTER TABLE "audit_chain" ENABLE ALWAYS TRIGGER "audit_chain_forward_only";
ALTER TABLE "audit_chain" ENABLE ALWAYS TRIGGER "audit_chain_stays";

-- Where the apps connect as a role of their own, `fairlead_app`, it owns nothing, so it cannot take the
-- triggers off; it may read the chain, and add to it by the function alone.
REVOKE ALL ON FUNCTION "audit_append"(jsonb) FROM PUBLIC;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairlead_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO fairlead_app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO fairlead_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
      GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO fairlead_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO fairlead_app;
    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_events, audit_chain FROM fairlead_app;
    GRANT EXECUTE ON FUNCTION audit_append(jsonb) TO fairlead_app;
  END IF;
END
$$;
