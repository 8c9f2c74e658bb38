SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION public.follow_users_id() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN PERFORM setval('users_id_seq', NEW.id) WHERE NEW.id > (SELECT last_value FROM users_id_seq); RETURN NULL; END $$;
CREATE FUNCTION public.instr(text, text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$SELECT strpos($1, $2)$_$;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
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
INSERT INTO public.audit_entries VALUES (1, 1795889394150701, 'accounts:user:registered', 'SUCESSO', 1, 'u1', 'ativo', '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '89920de66484d2f3', '\xe3fcb8e0613970f97ef06db6fa6387d7bd9efca77f05c59d908a01ad60e451c1');
INSERT INTO public.audit_entries VALUES (2, 1795889394255508, 'accounts:user:registered', 'SUCESSO', 2, 'u2', 'ativo', '127.0.0.1', '\x40b9190a08d59cb09d8a7735860dc560', '\x346ac56324cc0ae6df6e8d103d1a9622', '1a0188fe5a3ef373', '\x5eb236a3e9f44e4c5bf3c652dc48c27725a6222e814a10c571e8a4d5c7ac8157');
INSERT INTO public.audit_entries VALUES (3, 1795889394392394, 'accounts:login:failed', 'ERRO', 1, 'u1', 'WrongCredentials', '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', 'b6291c63fe33a197', '\x34efea36f7f863ebc1ee78286cfa37d62c19ce3b971f3e2efa42c4edae1b77b0');
INSERT INTO public.audit_entries VALUES (4, 1795889394543911, 'accounts:login:succeeded', 'SUCESSO', 1, 'u1', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', 'a46d7a87d9e34eba', '\x58e52a6d1fddd6ece837cfd5ed1d9e0fe6dd683c5efba9c9717fd8c0ccb7e947');
INSERT INTO public.audit_entries VALUES (5, 1795889394573003, 'catalog:product:created', 'SUCESSO', 1, 'p1', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '725c48814a48465a', '\x65eefe22bb7043da0a0e2b8818c07de1bc232e4f01a68718a833adff4fee49fe');
INSERT INTO public.audit_entries VALUES (6, 1795889394582258, 'catalog:product:created', 'SUCESSO', 1, 'p2', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '26070a50fc110c22', '\x3e7e108e2df25b6900edb92a7f31971dec43e3ea277e4e407d3d3b4ace02c21e');
INSERT INTO public.audit_entries VALUES (7, 1795889394588505, 'stock:movement:recorded', 'SUCESSO', 1, 'm1', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '4b0cd6e9f86fed9d', '\xa231d51abeebf5809453b8d9c76676809a4361eebcf934e2249a3de2880dc2a3');
INSERT INTO public.audit_entries VALUES (8, 1795889394594911, 'stock:movement:recorded', 'SUCESSO', 1, 'm2', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '92d51cf7097842d8', '\xada76da834cd80f4558e706446aaa207a326bdd01669b6ed0e5463622f0aaefc');
INSERT INTO public.audit_entries VALUES (9, 1795889394606609, 'stock:movement:recorded', 'SUCESSO', 1, 'm3', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', 'ca546a7bde56c401', '\x0f4b0df47f639db57744569c5a7161309908d2cb80dc8e7dc69b8e55e470b945');
INSERT INTO public.audit_entries VALUES (10, 1795889394612123, 'stock:movement:recorded', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', 'a0b55d6ed007fb5b', '\x466e7264b3b3709886c8e776478e7dc8ca88a5413d8047e26b108b5f15a70e39');
INSERT INTO public.audit_entries VALUES (11, 1795889394618020, 'stock:movement:reversed', 'SUCESSO', 1, 'm4', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '5c8c4db93b74859f', '\x48e43f678763772cf150c55fa5ea069be45b935c1796e6872dda4d0d80cfb39e');
INSERT INTO public.audit_entries VALUES (12, 1795889394627135, 'catalog:product:created', 'SUCESSO', 1, 'p3', 'importação', '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '686b3d496ed26add', '\x11a776b98929f173e117adbf1207fe254e46200085564b5f0020e7af8b5e8e2d');
INSERT INTO public.audit_entries VALUES (13, 1795889394628122, 'catalog:products:imported', 'SUCESSO', 1, 'i1', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '686b3d496ed26add', '\x12ae70066dfba406dfb0b3a770eb862fa9c8184f9f3114ac1342a7dd1941c48b');
INSERT INTO public.audit_entries VALUES (14, 1795889394637649, 'accounts:user:registered', 'SUCESSO', 1, 'u3', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '1da6cb76bc40922d', '\xb7b93ab3c95ff875e41b6e199fb7306c197e12eca0c7a72c467e400b2948044f');
INSERT INTO public.audit_entries VALUES (15, 1795889394653873, 'calendar:event:created', 'SUCESSO', 1, 'e1', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '84c908e77bb214c8', '\x60ffc36db6539fbfe4bf541124cd66a0b9f834c383873ee4c57d50ef9ba448e6');
INSERT INTO public.audit_entries VALUES (16, 1795889394661541, 'accounts:user:erased', 'SUCESSO', 1, 'u3', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', '513b37cba6ad1054', '\x5ee71b674e31d0d587cfd6fd70a75d65cebfb3056a682183b536f78137f985c4');
INSERT INTO public.audit_entries VALUES (17, 1795889394675731, 'clients:window:closed', 'SISTEMA', 1, 'u1', NULL, '127.0.0.1', '\xdd3f8c056b2e2db629b45837982a0bd9', '\xd917edbd6931225385cca84b1ca04e72', 'b44efa8fc7d9a972', '\xe964f4ae06f53a8d38d8202015b313fb9234d6f995bf0cbfbe93f73a9ebc3aba');
INSERT INTO public.balances VALUES (1, 2, 25000);
INSERT INTO public.balances VALUES (1, 1, 430000);
INSERT INTO public.calendar_events VALUES (1, 1, 'Entrega', 1795784400000000, NULL, NULL, 1, 1795889394651549);
INSERT INTO public.idempotency_keys VALUES (1, 'aa129eca-f52a-458c-9b30-2f4590e3aa57', '\x8537aba383c6a047929541ef61f714913bad0be02117b6022e9c5b77eb086de2', 1);
INSERT INTO public.idempotency_keys VALUES (1, '2b36cb9f-0538-40b5-88bc-14301329b4d3', '\x559e850a446e264fc071f7a750a688c8e2641397deb92a26de8cc7b0b9352971', 2);
INSERT INTO public.idempotency_keys VALUES (1, '5e761859-9bec-433d-a61b-53fca7d32cb7', '\x0310d8eb6be93270e59a09a4c8e376d82c22e91a6b0645b3c9228320e4456783', 1);
INSERT INTO public.idempotency_keys VALUES (1, 'a17d527d-4c47-4921-8a04-2906e4a127ea', '\xa32fd17ed4cbd1e4eb2d3ef3ce551a0dcdf79f1188e71bd47e8bb64368c276ea', 2);
INSERT INTO public.idempotency_keys VALUES (1, '398d8f4d-4a9f-4066-b352-ba0849de66f4', '\x1c0124198b068b0038131028cba96a2733c9067d167d849cd05ed981762754ac', 3);
INSERT INTO public.idempotency_keys VALUES (1, 'a52e1dbf-a183-486e-a6cf-592b832af726', '\xca15d1b0ad16007d86b980056fc2570694906a8a9bae54efe7325368f5f55edc', 4);
INSERT INTO public.idempotency_keys VALUES (1, '23c95126-dc32-43bd-8f59-28f013514be6', '\xaf6330fc4b322416bc073fcf1d34dc9826900805a614847a040a32e7a7368ed9', 5);
INSERT INTO public.idempotency_keys VALUES (1, 'dd92eba7-dad7-40d4-aa0c-9f314001fa2f', '\x7bc599861dc5017f676a3e79ea0da82d686efb73f37fec122ace7be0b6b4be73', 1);
INSERT INTO public.login_sessions VALUES (1, 1, 1795889394532140, NULL);
INSERT INTO public.movements VALUES (1, 1, 1, 'entrada', 500000, 500000, 500000, NULL, NULL, NULL, 1, 1795889394586541, 1795889394586541, false, false, NULL);
INSERT INTO public.movements VALUES (2, 1, 2, 'entrada', 25000, 25000, 25000, NULL, 'NF 12', NULL, 1, 1795889394593174, 1795889394593174, false, false, NULL);
INSERT INTO public.movements VALUES (3, 1, 1, 'saida', 70000, -70000, 430000, 'venda', NULL, NULL, 1, 1795889394601250, 1795889394601250, false, false, NULL);
INSERT INTO public.movements VALUES (4, 1, 1, 'entrada', 30000, 30000, 460000, NULL, NULL, NULL, 1, 1795889394611065, 1795889394611065, false, false, NULL);
INSERT INTO public.movements VALUES (5, 1, 1, 'estorno', 30000, -30000, 430000, 'engano', NULL, NULL, 1, 1795889394616341, 1795889394616341, false, false, 4);
INSERT INTO public.product_imports VALUES (1, 1, 1795889394627247, '\x789c3d8c310ac4300c04ffb2b58b84ebfc9590425c44ce20ec205b6942fe7eb203e96619762eec4a276d05b1a971402e67a9887300496375e36b0a48bb517a50f96bf51592f28f1c97ebc1f155ae266d6447111ed89c8f0fba3cb8316236910056eda53eeef5fe037cbe2fb2');
INSERT INTO public.products VALUES (1, 'Parafuso 10mm', 'parafuso 10mm', 'UN', '7891000100103', 50000, 50, true, 1, 1795889394569336, 1);
INSERT INTO public.products VALUES (2, 'Arame (kg)', 'arame (kg)', 'KG', NULL, NULL, NULL, true, 1, 1795889394579385, 1);
INSERT INTO public.products VALUES (3, 'Porca 10mm', 'porca 10mm', 'UN', NULL, NULL, NULL, true, 1, 1795889394626684, 1);
INSERT INTO public.shops VALUES (1, 'Matriz', 'matriz', 'bloquear', 1795889393879323);
INSERT INTO public.user_shops VALUES (1, 1);
INSERT INTO public.user_shops VALUES (2, 1);
INSERT INTO public.users VALUES (2, 'Ana Conceição', 'ana conceição', 'scrypt:32768:8:1$FLduMK5KdYG2nZ9i$f6c732eaf6a84182e1bb8bb79e7e768119fc4654ea51303283e719b9c98be2f8021257430bc8866d98b8110fa98574eba87b3ea586ee90e99714c1a120a4c14d', false, false, 'estoquista', 'ativo', 1, 1795889394253130, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (1, 'admin', 'admin', 'scrypt:32768:8:1$zbFei5j9TpiG8uuo$eb4189c931718676acc6913f03b1d4440905920bc7af4a32648c3043f66f933c2d65a517c20a639044bcc87d01f13e83bab085e360e1a5bb9e0c6783bdd8a928', true, false, 'administrador', 'ativo', 1, 1795889394143809, 1795889394532140, NULL, NULL, NULL, NULL);
INSERT INTO public.users VALUES (3, 'Usuário removido #3', '/removido/3', NULL, false, false, 'vendedor', 'inativo', 2, 1795889394631825, NULL, NULL, NULL, NULL, 1795889394659427);
INSERT INTO public.versions VALUES ('balances', 6682952430546045935);
INSERT INTO public.versions VALUES ('movements', 6735546396658887733);
INSERT INTO public.versions VALUES ('products', 8796454048638235843);
INSERT INTO public.versions VALUES ('people', 7105611416254002702);
INSERT INTO public.versions VALUES ('sessions', 8644861306528021141);
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
