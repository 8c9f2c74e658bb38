SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA cadastro_pessoa;
CREATE FUNCTION public.follow_users_id() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN PERFORM setval('users_id_seq', NEW.id) WHERE NEW.id > (SELECT last_value FROM users_id_seq); RETURN NULL; END $$;
CREATE FUNCTION public.instr(text, text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$SELECT strpos($1, $2)$_$;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TABLE public.users (
    id bigint NOT NULL,
    username character varying(60) NOT NULL,
    username_folded character varying(180) NOT NULL,
    password_hash character varying(255),
    is_password_weak boolean NOT NULL,
    must_change_password boolean NOT NULL,
    role character varying(20) NOT NULL,
    state character varying(10) NOT NULL,
    generation bigint NOT NULL,
    created_at bigint NOT NULL,
    last_login_at bigint,
    full_name character varying(200),
    email character varying(254),
    age bigint,
    erased_at bigint
);
CREATE VIEW cadastro_pessoa.tb_cadastro AS
 SELECT id AS oid_user,
    upper((username)::text) AS nom_user,
    password_hash AS des_password,
    to_timestamp((((created_at)::numeric / 1000000.0))::double precision) AS dat_cadastro
   FROM public.users
  WHERE (erased_at IS NULL);
CREATE TABLE public.audit_entries (
    id bigint NOT NULL,
    recorded_at bigint NOT NULL,
    tag character varying(60) NOT NULL,
    outcome character varying(10) NOT NULL,
    actor_id bigint,
    subject character varying(60),
    cause character varying(200),
    address character varying(45),
    address_salt bytea,
    address_seal bytea,
    request_id character varying(36),
    hash bytea NOT NULL
);
CREATE VIEW cadastro_pessoa.tb_log_user AS
 SELECT md5((nom_user || to_char((day)::timestamp with time zone, 'YYYY-MM-DD'::text))) AS oid_registro,
    user_id AS oid_usuario,
    nom_user,
    json_build_object('nom_user', nom_user, 'log_history', json_agg(json_build_object('event_timestamp', to_char(local, 'YYYY-MM-DD HH24:MI:SS'::text), 'event', event, 'event_type', outcome) ORDER BY id)) AS des_history,
    day AS dat_event
   FROM ( SELECT a.id,
            u.id AS user_id,
            upper((u.username)::text) AS nom_user,
            a.outcome,
                CASE a.tag
                    WHEN 'accounts:user:registered'::text THEN 'Novo usuário cadastrado'::text
                    WHEN 'accounts:user:name_refused'::text THEN 'Usuário já cadastrado'::text
                    WHEN 'accounts:login:failed'::text THEN 'Erro: Tentativa de login fracassada'::text
                    WHEN 'accounts:login:succeeded'::text THEN 'Login realizado com sucesso'::text
                    WHEN 'clients:window:closed'::text THEN 'Fechar janelas'::text
                    ELSE NULL::text
                END AS event,
            (to_timestamp(((a.recorded_at / 1000000))::double precision) AT TIME ZONE COALESCE(NULLIF(current_setting('almoxarife.fuso'::text, true), ''::text), 'America/Sao_Paulo'::text)) AS local,
            ((to_timestamp(((a.recorded_at / 1000000))::double precision) AT TIME ZONE COALESCE(NULLIF(current_setting('almoxarife.fuso'::text, true), ''::text), 'America/Sao_Paulo'::text)))::date AS day
           FROM (public.audit_entries a
             JOIN public.users u ON (((a.subject)::text = ('u'::text || u.id))))
          WHERE (((a.subject)::text ~~ 'u%'::text) AND (u.erased_at IS NULL))) told
  WHERE (event IS NOT NULL)
  GROUP BY user_id, nom_user, day;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.balances (
    shop_id bigint NOT NULL,
    product_id bigint NOT NULL,
    quantity bigint NOT NULL
);
CREATE TABLE public.calendar_events (
    id bigint NOT NULL,
    shop_id bigint NOT NULL,
    title character varying(200) NOT NULL,
    starts_at bigint NOT NULL,
    ends_at bigint,
    description character varying(2000),
    created_by bigint NOT NULL,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.calendar_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.calendar_events_id_seq OWNED BY public.calendar_events.id;
CREATE TABLE public.idempotency_keys (
    user_id bigint NOT NULL,
    key character varying(255) NOT NULL,
    fingerprint bytea NOT NULL,
    row_id bigint NOT NULL
);
CREATE TABLE public.login_failures (
    id bigint NOT NULL,
    name_hash character varying(32) NOT NULL,
    address character varying(45) NOT NULL,
    failed_at bigint NOT NULL
);
CREATE SEQUENCE public.login_failures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.login_failures_id_seq OWNED BY public.login_failures.id;
CREATE TABLE public.login_sessions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint
);
CREATE SEQUENCE public.login_sessions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.login_sessions_id_seq OWNED BY public.login_sessions.id;
CREATE TABLE public.movements (
    seq bigint NOT NULL,
    shop_id bigint NOT NULL,
    product_id bigint NOT NULL,
    kind character varying(24) NOT NULL,
    quantity bigint NOT NULL,
    effect bigint NOT NULL,
    balance_after bigint NOT NULL,
    reason character varying(200),
    document character varying(120),
    supplier character varying(120),
    recorded_by bigint NOT NULL,
    recorded_at bigint NOT NULL,
    occurred_at bigint NOT NULL,
    is_clock_corrected boolean NOT NULL,
    is_below_zero boolean NOT NULL,
    reverses bigint
);
CREATE SEQUENCE public.movements_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.movements_seq_seq OWNED BY public.movements.seq;
CREATE TABLE public.product_imports (
    id bigint NOT NULL,
    imported_by bigint NOT NULL,
    imported_at bigint NOT NULL,
    report bytea NOT NULL
);
CREATE SEQUENCE public.product_imports_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.product_imports_id_seq OWNED BY public.product_imports.id;
CREATE TABLE public.products (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    name_folded character varying(600) NOT NULL,
    unit character varying(6) NOT NULL,
    barcode character varying(14),
    minimum_stock bigint,
    price bigint,
    is_active boolean NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    created_by bigint NOT NULL
);
CREATE SEQUENCE public.products_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.products_id_seq OWNED BY public.products.id;
CREATE TABLE public.shops (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    name_folded character varying(400) NOT NULL,
    policy character varying(10) NOT NULL,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.shops_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.shops_id_seq OWNED BY public.shops.id;
CREATE TABLE public.user_shops (
    user_id bigint NOT NULL,
    shop_id bigint NOT NULL
);
CREATE SEQUENCE public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
CREATE TABLE public.versions (
    topic character varying(40) NOT NULL,
    stamp bigint NOT NULL
);
ALTER TABLE ONLY public.calendar_events ALTER COLUMN id SET DEFAULT nextval('public.calendar_events_id_seq'::regclass);
ALTER TABLE ONLY public.login_failures ALTER COLUMN id SET DEFAULT nextval('public.login_failures_id_seq'::regclass);
ALTER TABLE ONLY public.login_sessions ALTER COLUMN id SET DEFAULT nextval('public.login_sessions_id_seq'::regclass);
ALTER TABLE ONLY public.movements ALTER COLUMN seq SET DEFAULT nextval('public.movements_seq_seq'::regclass);
ALTER TABLE ONLY public.product_imports ALTER COLUMN id SET DEFAULT nextval('public.product_imports_id_seq'::regclass);
ALTER TABLE ONLY public.products ALTER COLUMN id SET DEFAULT nextval('public.products_id_seq'::regclass);
ALTER TABLE ONLY public.shops ALTER COLUMN id SET DEFAULT nextval('public.shops_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0002');
INSERT INTO public.audit_entries VALUES (1, 1795889396304353, 'accounts:user:registered', 'SUCESSO', 1, 'u1', 'ativo', '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', '8587ef32b52d9fbb', '\xd9bf90aa0fa81b92db91307c6c6ac8ff3c1232c803941db1992046f855844a27');
INSERT INTO public.audit_entries VALUES (2, 1795889396434756, 'accounts:user:registered', 'SUCESSO', 2, 'u2', 'ativo', '127.0.0.1', '\x98981a5c0536f419eb25493b8a6c1d31', '\x09a32f2a4e7802c7255c68be2438a488', '1233304f03260b30', '\xe7ae247e759b081c471804e351e0feb8a54134c426823c093a8b605bd571e4a1');
INSERT INTO public.audit_entries VALUES (3, 1795889396586297, 'accounts:login:failed', 'ERRO', 1, 'u1', 'WrongCredentials', '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', '1619aaed1e21edfc', '\x68d1ce4bacfb6e9bc0a6c5b070fd4742c5f9f27a859496db2e25a55982eae0b2');
INSERT INTO public.audit_entries VALUES (4, 1795889396710501, 'accounts:login:succeeded', 'SUCESSO', 1, 'u1', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', '2024eb5a94498726', '\xd9839f76b87e697b3923316e9c473e3bd9ad9380e2aa0ceb224beaab23e5657a');
INSERT INTO public.audit_entries VALUES (5, 1795889396731167, 'catalog:product:created', 'SUCESSO', 1, 'p1', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', 'efb02d9cbd0065c9', '\x1d46ac2e40e7128fee1e97a83a6636256e00ee144a52808927921dddc8256529');
INSERT INTO public.audit_entries VALUES (6, 1795889396738520, 'catalog:product:created', 'SUCESSO', 1, 'p2', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', 'f53b2dac21db99f0', '\x7eff536da20486570104b14f8f5e9dda852889e6b58d0727d2817db717f57e90');
INSERT INTO public.audit_entries VALUES (7, 1795889396746362, 'stock:movement:recorded', 'SUCESSO', 1, 'm1', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', 'b8f3390c9873c4e5', '\x66af771cc703930a682eaea2edc92c61786d83823668cb577b5772de0ee7bef7');
INSERT INTO public.audit_entries VALUES (8, 1795889396752334, 'stock:movement:recorded', 'SUCESSO', 1, 'm2', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', '157651dea76209ba', '\x03e2d242f33e527205053a54c1def7ad13022e1c4c2b15be96204182a2d1ef75');
INSERT INTO public.audit_entries VALUES (9, 1795889396757895, 'stock:movement:recorded', 'SUCESSO', 1, 'm3', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', 'eb586d80e32d8544', '\x5ff56d71aba41cdaf443ea7f4fa140ba0696d70fe4601befcd86645b93d5becd');
INSERT INTO public.audit_entries VALUES (10, 1795889396763570, 'stock:movement:recorded', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', '47dd428842b41b2a', '\x1abbc6e9468205ac9600bedf106ca01a3535af4d3b305820618f2123cb2c8403');
INSERT INTO public.audit_entries VALUES (11, 1795889396769974, 'stock:movement:reversed', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', '2f461a63455b99d3', '\xcf0f13b0a30eb5dc4ef7810dbb2da92c1a5a40fe5ea7a40911ca502d50d58870');
INSERT INTO public.audit_entries VALUES (12, 1795889396775355, 'catalog:product:created', 'SUCESSO', 1, 'p3', 'importação', '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', 'a665a5ad0da7e30b', '\x62100f9e8117c08000bb1c7ae90a624e73853f6c2002783b1c0d49ef912f8bd5');
INSERT INTO public.audit_entries VALUES (13, 1795889396776372, 'catalog:products:imported', 'SUCESSO', 1, 'i1', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', 'a665a5ad0da7e30b', '\x7770bf7a2ef4a9bce8badc4579170ea9a198e30b7c900ec64c3b05395bc99300');
INSERT INTO public.audit_entries VALUES (14, 1795889396784575, 'accounts:user:registered', 'SUCESSO', 1, 'u3', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', '5a3c63ebb25eb229', '\x1b10bb8c6140049e4b4859ab6edf161972d274fe302045d8ad5e1cd4e6f6dc25');
INSERT INTO public.audit_entries VALUES (15, 1795889396795003, 'calendar:event:created', 'SUCESSO', 1, 'e1', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', 'f8e7cbd6f8819c95', '\x7b7b7ffed29a7f4a203c9a13fce215836ac5b29b7bc395f18f860ddbe6e49dcb');
INSERT INTO public.audit_entries VALUES (16, 1795889396806789, 'accounts:user:erased', 'SUCESSO', 1, 'u3', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', '0a02239008bcb6fb', '\xf743cc610eb59e81674451b70e199ff9d1706a736df16e78040dfd43a07f6276');
INSERT INTO public.audit_entries VALUES (17, 1795889396814726, 'clients:window:closed', 'SISTEMA', 1, 'u1', NULL, '127.0.0.1', '\xd13af55f3879e7cdcd8e0e1e6d59aa74', '\x351c8acd034d0c8826ffb7d9a9a54367', '8512424023d941d0', '\xe5c0905d196d5f2bd0f7a12abafce039b3b3558c05e8be0d9d8457f9614c15c5');
INSERT INTO public.balances VALUES (1, 2, 25000);
INSERT INTO public.balances VALUES (1, 1, 430000);
INSERT INTO public.calendar_events VALUES (1, 1, 'Entrega', 1795784400000000, NULL, NULL, 1, 1795889396792354);
INSERT INTO public.idempotency_keys VALUES (1, 'd4f40308-cada-46bf-b7fb-765ab2747ae2', '\x8537aba383c6a047929541ef61f714913bad0be02117b6022e9c5b77eb086de2', 1);
INSERT INTO public.idempotency_keys VALUES (1, '0de4da38-7284-4a4e-85ae-e3f1c5fec39c', '\x559e850a446e264fc071f7a750a688c8e2641397deb92a26de8cc7b0b9352971', 2);
INSERT INTO public.idempotency_keys VALUES (1, '7ea980da-e1d4-46a1-b082-bace398d94da', '\x0310d8eb6be93270e59a09a4c8e376d82c22e91a6b0645b3c9228320e4456783', 1);
INSERT INTO public.idempotency_keys VALUES (1, 'b6c70c2b-2aef-4bec-b09c-f8d121ec15f2', '\xa32fd17ed4cbd1e4eb2d3ef3ce551a0dcdf79f1188e71bd47e8bb64368c276ea', 2);
INSERT INTO public.idempotency_keys VALUES (1, '4c2cae79-4c50-4908-be68-5f2cba10de13', '\x1c0124198b068b0038131028cba96a2733c9067d167d849cd05ed981762754ac', 3);
INSERT INTO public.idempotency_keys VALUES (1, '6fa8b459-1277-4c3a-bfb9-fa0aa5c7b143', '\xca15d1b0ad16007d86b980056fc2570694906a8a9bae54efe7325368f5f55edc', 4);
INSERT INTO public.idempotency_keys VALUES (1, '498585eb-329a-420c-9782-a9b7b93df19b', '\xaf6330fc4b322416bc073fcf1d34dc9826900805a614847a040a32e7a7368ed9', 5);
INSERT INTO public.idempotency_keys VALUES (1, '7287e552-e4e2-4c5c-aae2-df56cd568b5f', '\x7bc599861dc5017f676a3e79ea0da82d686efb73f37fec122ace7be0b6b4be73', 1);
INSERT INTO public.login_sessions VALUES (1, 1, 1795889396704392, NULL);
INSERT INTO public.movements VALUES (1, 1, 1, 'entrada', 500000, 500000, 500000, NULL, NULL, NULL, 1, 1795889396743935, 1795889396743935, false, false, NULL);
INSERT INTO public.movements VALUES (2, 1, 2, 'entrada', 25000, 25000, 25000, NULL, 'NF 12', NULL, 1, 1795889396750930, 1795889396750930, false, false, NULL);
INSERT INTO public.movements VALUES (3, 1, 1, 'saida', 70000, -70000, 430000, 'venda', NULL, NULL, 1, 1795889396756857, 1795889396756857, false, false, NULL);
INSERT INTO public.movements VALUES (4, 1, 1, 'entrada', 30000, 30000, 460000, NULL, NULL, NULL, 1, 1795889396762390, 1795889396762390, false, false, NULL);
INSERT INTO public.movements VALUES (5, 1, 1, 'estorno', 30000, -30000, 430000, 'engano', NULL, NULL, 1, 1795889396768256, 1795889396768256, false, false, 4);
INSERT INTO public.product_imports VALUES (1, 1, 1795889396775458, '\x789c3d8c310ac4300c04ffb2b58b84ebfc9590425c44ce20ec205b6942fe7eb203e96619762eec4a276d05b1a971402e67a9887300496375e36b0a48bb517a50f96bf51592f28f1c97ebc1f155ae266d6447111ed89c8f0fba3cb8316236910056eda53eeef5fe037cbe2fb2');
INSERT INTO public.products VALUES (1, 'Parafuso 10mm', 'parafuso 10mm', 'UN', '7891000100103', 50000, 50, true, 1, 1795889396727620, 1);
INSERT INTO public.products VALUES (2, 'Arame (kg)', 'arame (kg)', 'KG', NULL, NULL, NULL, true, 1, 1795889396736860, 1);
INSERT INTO public.products VALUES (3, 'Porca 10mm', 'porca 10mm', 'UN', NULL, NULL, NULL, true, 1, 1795889396774904, 1);
INSERT INTO public.shops VALUES (1, 'Matriz', 'matriz', 'bloquear', 1795889395992141);
INSERT INTO public.user_shops VALUES (1, 1);
INSERT INTO public.user_shops VALUES (2, 1);
INSERT INTO public.users VALUES (2, 'Ana Conceição', 'ana conceição', 'scrypt:32768:8:1$ZwyoH0s4woYsKELg$9a1e8cbae71d40fefe246aa26136e1d417cafaf0c0314c4adcfd9d937c581b88548adbf75c9f35d32d09fe85a7b0909c9a825df10bad0661135371db1c109ea8', false, false, 'estoquista', 'ativo', 1, 1795889396431173, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (1, 'admin', 'admin', 'scrypt:32768:8:1$Z982wlpCQFqrBVYh$e610781050b09c1e25d9e4f43e7ea4d632a15c52cf76d3cffe022fe0b7e54cc89da5c2a8fbcdaed913721fcf494fcb8fce6f1b0a0370a2542edce5810eb84c46', true, false, 'administrador', 'ativo', 1, 1795889396293158, 1795889396704392, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (3, 'Usuário removido #3', '/removido/3', NULL, false, false, 'vendedor', 'inativo', 2, 1795889396779712, NULL, NULL, NULL, NULL, 1795889396800403);
INSERT INTO public.versions VALUES ('balances', 7529186591240272980);
INSERT INTO public.versions VALUES ('movements', 4636975865767626054);
INSERT INTO public.versions VALUES ('products', 7769518160693573052);
INSERT INTO public.versions VALUES ('people', 3921682100939402762);
INSERT INTO public.versions VALUES ('sessions', 5993577161207925982);
SELECT pg_catalog.setval('public.calendar_events_id_seq', 1, true);
SELECT pg_catalog.setval('public.login_failures_id_seq', 1, true);
SELECT pg_catalog.setval('public.login_sessions_id_seq', 1, true);
SELECT pg_catalog.setval('public.movements_seq_seq', 5, true);
SELECT pg_catalog.setval('public.product_imports_id_seq', 1, true);
SELECT pg_catalog.setval('public.products_id_seq', 3, true);
SELECT pg_catalog.setval('public.shops_id_seq', 1, true);
SELECT pg_catalog.setval('public.users_id_seq', 3, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT pk_audit_entries PRIMARY KEY (id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT pk_balances PRIMARY KEY (shop_id, product_id);
ALTER TABLE ONLY public.calendar_events
    ADD CONSTRAINT pk_calendar_events PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, key);
ALTER TABLE ONLY public.login_failures
    ADD CONSTRAINT pk_login_failures PRIMARY KEY (id);
ALTER TABLE ONLY public.login_sessions
    ADD CONSTRAINT pk_login_sessions PRIMARY KEY (id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT pk_movements PRIMARY KEY (seq);
ALTER TABLE ONLY public.product_imports
    ADD CONSTRAINT pk_product_imports PRIMARY KEY (id);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT pk_products PRIMARY KEY (id);
ALTER TABLE ONLY public.shops
    ADD CONSTRAINT pk_shops PRIMARY KEY (id);
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT pk_user_shops PRIMARY KEY (user_id, shop_id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT pk_users PRIMARY KEY (id);
ALTER TABLE ONLY public.versions
    ADD CONSTRAINT pk_versions PRIMARY KEY (topic);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT uq_products_barcode UNIQUE (barcode);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT uq_products_name_folded UNIQUE (name_folded);
ALTER TABLE ONLY public.shops
    ADD CONSTRAINT uq_shops_name_folded UNIQUE (name_folded);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT uq_users_username_folded UNIQUE (username_folded);
CREATE INDEX ix_audit_entries_actor_id_recorded_at ON public.audit_entries USING btree (actor_id, recorded_at);
CREATE INDEX ix_audit_entries_subject_recorded_at ON public.audit_entries USING btree (subject, recorded_at) WHERE ((subject)::text ~~ 'u%'::text);
CREATE INDEX ix_balances_product_id ON public.balances USING btree (product_id);
CREATE INDEX ix_calendar_events_starts_at_id ON public.calendar_events USING btree (starts_at, id);
CREATE INDEX ix_login_failures_address ON public.login_failures USING btree (address);
CREATE INDEX ix_login_failures_failed_at ON public.login_failures USING btree (failed_at);
CREATE INDEX ix_login_failures_name_hash_address ON public.login_failures USING btree (name_hash, address);
CREATE INDEX ix_login_sessions_user_id ON public.login_sessions USING btree (user_id);
CREATE INDEX ix_movements_product_id_seq ON public.movements USING btree (product_id, seq);
CREATE INDEX ix_movements_recorded_at ON public.movements USING btree (recorded_at);
CREATE UNIQUE INDEX uq_movements_reverses ON public.movements USING btree (reverses) WHERE (reverses IS NOT NULL);
CREATE TRIGGER audit_entries_refuse_delete BEFORE DELETE ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_entries_refuse_truncate BEFORE TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_entries_refuse_update_address BEFORE UPDATE OF address, address_salt ON public.audit_entries FOR EACH ROW WHEN ((NOT ((new.address IS NULL) AND (new.address_salt IS NULL)))) EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_entries_refuse_update_id BEFORE UPDATE OF id, recorded_at, tag, outcome, actor_id, subject, cause, address_seal, request_id, hash ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER movements_refuse_delete BEFORE DELETE ON public.movements FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER movements_refuse_truncate BEFORE TRUNCATE ON public.movements FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER movements_refuse_update BEFORE UPDATE ON public.movements FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER users_follow_id AFTER INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.follow_users_id();
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT fk_audit_entries_actor_id_users FOREIGN KEY (actor_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT fk_balances_product_id_products FOREIGN KEY (product_id) REFERENCES public.products(id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT fk_balances_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.calendar_events
    ADD CONSTRAINT fk_calendar_events_created_by_users FOREIGN KEY (created_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.calendar_events
    ADD CONSTRAINT fk_calendar_events_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT fk_idempotency_keys_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.login_sessions
    ADD CONSTRAINT fk_login_sessions_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_product_id_products FOREIGN KEY (product_id) REFERENCES public.products(id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_recorded_by_users FOREIGN KEY (recorded_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_reverses_movements FOREIGN KEY (reverses) REFERENCES public.movements(seq);
ALTER TABLE ONLY public.movements
    ADD CONSTRAINT fk_movements_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.product_imports
    ADD CONSTRAINT fk_product_imports_imported_by_users FOREIGN KEY (imported_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT fk_products_created_by_users FOREIGN KEY (created_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT fk_user_shops_shop_id_shops FOREIGN KEY (shop_id) REFERENCES public.shops(id);
ALTER TABLE ONLY public.user_shops
    ADD CONSTRAINT fk_user_shops_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id);
