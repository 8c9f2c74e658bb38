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
CREATE TABLE public.settings_in_force (
    name character varying(60) NOT NULL,
    value text NOT NULL
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
            (to_timestamp(((a.recorded_at / 1000000))::double precision) AT TIME ZONE COALESCE(( SELECT settings_in_force.value
                   FROM public.settings_in_force
                  WHERE ((settings_in_force.name)::text = 'ALMOXARIFE_TIMEZONE'::text)), 'America/Sao_Paulo'::text)) AS local,
            ((to_timestamp(((a.recorded_at / 1000000))::double precision) AT TIME ZONE COALESCE(( SELECT settings_in_force.value
                   FROM public.settings_in_force
                  WHERE ((settings_in_force.name)::text = 'ALMOXARIFE_TIMEZONE'::text)), 'America/Sao_Paulo'::text)))::date AS day
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
INSERT INTO public.alembic_version VALUES ('0003');
INSERT INTO public.audit_entries VALUES (1, 1795889399333727, 'accounts:user:registered', 'SUCESSO', 1, 'u1', 'ativo', '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', '72a6f22db4835e04', '\xcf071eb0b1d56e70cd0330d2145b69d11c23d61b25776a65c6f71ab6d76e03b3');
INSERT INTO public.audit_entries VALUES (2, 1795889399456884, 'accounts:user:registered', 'SUCESSO', 2, 'u2', 'ativo', '127.0.0.1', '\x101058cb47ef494db13f2ad28eb2231b', '\xac1b990c574e19e6989b613bfb1bc5ec', '4141ef9675a6563c', '\x66e8a771b5b89fb6e7e9990363574dbb24ae6bd5aedce7254ad9acab9f57d1d0');
INSERT INTO public.audit_entries VALUES (3, 1795889399585966, 'accounts:login:failed', 'ERRO', 1, 'u1', 'WrongCredentials', '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', 'b7aba1a609e3ff14', '\x1c2a24c662c5fa5ec8905badee05466dd20392cc42f26a936db76eac7b8589c4');
INSERT INTO public.audit_entries VALUES (4, 1795889399702986, 'accounts:login:succeeded', 'SUCESSO', 1, 'u1', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', '8b60fc721bb3664d', '\xa2a34cc5f504f96dc056ae8bafbba694a1cc9c3e47fa389e22c4bbc87259fb6d');
INSERT INTO public.audit_entries VALUES (5, 1795889399721449, 'catalog:product:created', 'SUCESSO', 1, 'p1', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', 'd463270f522a58ff', '\x0dbb0b77c6823068a1d6b578b757049c0da6091a3203afb20cd7f6f6b0f7af7b');
INSERT INTO public.audit_entries VALUES (6, 1795889399728182, 'catalog:product:created', 'SUCESSO', 1, 'p2', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', 'c8477743c22c514f', '\x523abdb704366625ff61fa48602cff17a746f48178db323ecfda59214c643494');
INSERT INTO public.audit_entries VALUES (7, 1795889399734320, 'stock:movement:recorded', 'SUCESSO', 1, 'm1', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', '6828ba76b7012265', '\xd631b2b0c674d8e878da0d3c1909a30f41b483866b3c6c962cc06a565a194286');
INSERT INTO public.audit_entries VALUES (8, 1795889399740991, 'stock:movement:recorded', 'SUCESSO', 1, 'm2', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', '1daa7ff3f05bd5cb', '\x09f8ae95c557b891f64b3425230b14ba5f27bfdfa5ec380fcfe318131eaa2e92');
INSERT INTO public.audit_entries VALUES (9, 1795889399745865, 'stock:movement:recorded', 'SUCESSO', 1, 'm3', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', '19234e7d3565ba1c', '\x0c933b8b9d02a5e56c3d2b2d57240f3ed38609ce158f9bf1f16de6d12dfd1985');
INSERT INTO public.audit_entries VALUES (10, 1795889399751000, 'stock:movement:recorded', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', 'c2e1d463fe7c8fce', '\xed3000b753d2a7fea211f636f2a30fc6ea79e3ce20c41edd0fd2be54a98c5c95');
INSERT INTO public.audit_entries VALUES (11, 1795889399756698, 'stock:movement:reversed', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', '58fba222deca66f6', '\x806d71659bd5972782042280c99870d8d30a5aba8309b930cde82b4c5fb7298e');
INSERT INTO public.audit_entries VALUES (12, 1795889399761161, 'catalog:product:created', 'SUCESSO', 1, 'p3', 'importação', '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', 'b437917eb120bf4f', '\xf5c3e0ba96d850c87f88fcec07d33282f99e47e9ea1b5ef3c0158d3d90e7411e');
INSERT INTO public.audit_entries VALUES (13, 1795889399761816, 'catalog:products:imported', 'SUCESSO', 1, 'i1', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', 'b437917eb120bf4f', '\xda4012e04253bbade6bb0ace3a885a33b9c538326ad0ca75072ff07623101fbd');
INSERT INTO public.audit_entries VALUES (14, 1795889399772456, 'accounts:user:registered', 'SUCESSO', 1, 'u3', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', '42efc13e4302f463', '\x4d998d18a6062c883b32b6785555c2c1f58e5f3a5621ffdf38f8bdc4b1832ee8');
INSERT INTO public.audit_entries VALUES (15, 1795889399782123, 'calendar:event:created', 'SUCESSO', 1, 'e1', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', '4b05bbc568739cde', '\xa2c426acbd035ffe35036b03748782474a14859d647d593c6e250f56b3165c8c');
INSERT INTO public.audit_entries VALUES (16, 1795889399789028, 'accounts:user:erased', 'SUCESSO', 1, 'u3', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', '7e0a0178bb2f36f8', '\xd90d805289384fd4586bc60e88fe1f4fb14434a69005048a5a0cb576a4f5a846');
INSERT INTO public.audit_entries VALUES (17, 1795889399796860, 'clients:window:closed', 'SISTEMA', 1, 'u1', NULL, '127.0.0.1', '\x71a73b2b0edae402edb596deabc2b734', '\x10765c94182beaa252040f4e4a906dc0', 'dd7aace02e504685', '\xf0fde910274ae765a11ac62e9a7d1980b134136200a40532f7ace1ea391a41fa');
INSERT INTO public.balances VALUES (1, 2, 25000);
INSERT INTO public.balances VALUES (1, 1, 430000);
INSERT INTO public.calendar_events VALUES (1, 1, 'Entrega', 1795784400000000, NULL, NULL, 1, 1795889399779538);
INSERT INTO public.idempotency_keys VALUES (1, '15ea781a-ae6a-4b13-956d-ee4e8c288cf2', '\x8537aba383c6a047929541ef61f714913bad0be02117b6022e9c5b77eb086de2', 1);
INSERT INTO public.idempotency_keys VALUES (1, '698fcb6f-9f5a-43d1-beb1-e9706b57d3cc', '\x559e850a446e264fc071f7a750a688c8e2641397deb92a26de8cc7b0b9352971', 2);
INSERT INTO public.idempotency_keys VALUES (1, '2d20f09e-bb41-4409-8cfd-35432dc23456', '\x0310d8eb6be93270e59a09a4c8e376d82c22e91a6b0645b3c9228320e4456783', 1);
INSERT INTO public.idempotency_keys VALUES (1, '0edc1385-d4e8-4f14-8054-1c8dd5292893', '\xa32fd17ed4cbd1e4eb2d3ef3ce551a0dcdf79f1188e71bd47e8bb64368c276ea', 2);
INSERT INTO public.idempotency_keys VALUES (1, '721d8385-804e-4b54-9b93-1e8899f96a47', '\x1c0124198b068b0038131028cba96a2733c9067d167d849cd05ed981762754ac', 3);
INSERT INTO public.idempotency_keys VALUES (1, 'd713d6b8-978f-4cae-8848-cfa1b997bb01', '\xca15d1b0ad16007d86b980056fc2570694906a8a9bae54efe7325368f5f55edc', 4);
INSERT INTO public.idempotency_keys VALUES (1, 'b679a7e8-05c2-4fac-bdc6-7890ec16c953', '\xaf6330fc4b322416bc073fcf1d34dc9826900805a614847a040a32e7a7368ed9', 5);
INSERT INTO public.idempotency_keys VALUES (1, '9beab675-9a6e-4e8b-a534-cd6313fa8b99', '\x7bc599861dc5017f676a3e79ea0da82d686efb73f37fec122ace7be0b6b4be73', 1);
INSERT INTO public.login_sessions VALUES (1, 1, 1795889399697518, NULL);
INSERT INTO public.movements VALUES (1, 1, 1, 'entrada', 500000, 500000, 500000, NULL, NULL, NULL, 1, 1795889399733653, 1795889399733653, false, false, NULL);
INSERT INTO public.movements VALUES (2, 1, 2, 'entrada', 25000, 25000, 25000, NULL, 'NF 12', NULL, 1, 1795889399740671, 1795889399740671, false, false, NULL);
INSERT INTO public.movements VALUES (3, 1, 1, 'saida', 70000, -70000, 430000, 'venda', NULL, NULL, 1, 1795889399745589, 1795889399745589, false, false, NULL);
INSERT INTO public.movements VALUES (4, 1, 1, 'entrada', 30000, 30000, 460000, NULL, NULL, NULL, 1, 1795889399750708, 1795889399750708, false, false, NULL);
INSERT INTO public.movements VALUES (5, 1, 1, 'estorno', 30000, -30000, 430000, 'engano', NULL, NULL, 1, 1795889399755237, 1795889399755237, false, false, 4);
INSERT INTO public.product_imports VALUES (1, 1, 1795889399761250, '\x789c3d8c310ac4300c04ffb2b58b84ebfc9590425c44ce20ec205b6942fe7eb203e96619762eec4a276d05b1a971402e67a9887300496375e36b0a48bb517a50f96bf51592f28f1c97ebc1f155ae266d6447111ed89c8f0fba3cb8316236910056eda53eeef5fe037cbe2fb2');
INSERT INTO public.products VALUES (1, 'Parafuso 10mm', 'parafuso 10mm', 'UN', '7891000100103', 50000, 50, true, 1, 1795889399718552, 1);
INSERT INTO public.products VALUES (2, 'Arame (kg)', 'arame (kg)', 'KG', NULL, NULL, NULL, true, 1, 1795889399727060, 1);
INSERT INTO public.products VALUES (3, 'Porca 10mm', 'porca 10mm', 'UN', NULL, NULL, NULL, true, 1, 1795889399760829, 1);
INSERT INTO public.shops VALUES (1, 'Matriz', 'matriz', 'bloquear', 1795889399069200);
INSERT INTO public.user_shops VALUES (1, 1);
INSERT INTO public.user_shops VALUES (2, 1);
INSERT INTO public.users VALUES (2, 'Ana Conceição', 'ana conceição', 'scrypt:32768:8:1$elfecx2R1sUXCCLS$bef6e649394815e35beeadf2c6de3ab97b24eeff79fb5caa1a2035da95d9f0256fff75c7f96807d1001858b21a4a72d03c1decb14d144756475d6919dcd3797a', false, false, 'estoquista', 'ativo', 1, 1795889399452916, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (1, 'admin', 'admin', 'scrypt:32768:8:1$GFgqgVPXr8ppg1dk$d4b8fcae5a6329dc3966b24dd136c017d113a92f2f961a25c51aa7e0d1d07b96f93651e0df3752914ae0f6c16675b6f781e9126b6ac53a9be5b628aaada9179e', true, false, 'administrador', 'ativo', 1, 1795889399325992, 1795889399697518, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (3, 'Usuário removido #3', '/removido/3', NULL, false, false, 'vendedor', 'inativo', 2, 1795889399765006, NULL, NULL, NULL, NULL, 1795889399786786);
INSERT INTO public.versions VALUES ('balances', 5778426322055960433);
INSERT INTO public.versions VALUES ('movements', 6154520909154660258);
INSERT INTO public.versions VALUES ('products', 6403790248970551615);
INSERT INTO public.versions VALUES ('people', 5345672439279091027);
INSERT INTO public.versions VALUES ('sessions', 3276357613053345044);
SELECT pg_catalog.setval('public.calendar_events_id_seq', 1, true);
SELECT pg_catalog.setval('public.login_failures_id_seq', 1, true);
SELECT pg_catalog.setval('public.login_sessions_id_seq', 1, true);
SELECT pg_catalog.setval('public.movements_seq_seq', 1, false);
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
ALTER TABLE ONLY public.settings_in_force
    ADD CONSTRAINT pk_settings_in_force PRIMARY KEY (name);
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
