PRAGMA application_id = 1095519576;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit_entries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at BIGINT NOT NULL, 
	tag VARCHAR(60) NOT NULL, 
	outcome VARCHAR(10) NOT NULL, 
	actor_id INTEGER, 
	subject VARCHAR(60), 
	cause VARCHAR(200), 
	address VARCHAR(45), 
	request_id VARCHAR(36), 
	CONSTRAINT fk_audit_entries_actor_id_users FOREIGN KEY(actor_id) REFERENCES users (id)
);
INSERT INTO "audit_entries" VALUES(1,1795889265856682,'accounts:user:registered','SUCESSO',1,'u1','ativo','127.0.0.1','9063bf6a88d137b3');
INSERT INTO "audit_entries" VALUES(2,1795889265963375,'accounts:user:registered','SUCESSO',2,'u2','ativo','127.0.0.1','3c0f19df1fd44bcb');
INSERT INTO "audit_entries" VALUES(3,1795889266073165,'accounts:login:failed','ERRO',1,'u1','WrongCredentials','127.0.0.1','f6cccb254e20f53d');
INSERT INTO "audit_entries" VALUES(4,1795889266176691,'accounts:login:succeeded','SUCESSO',1,'u1',NULL,'127.0.0.1','9e1f97a62e808a64');
INSERT INTO "audit_entries" VALUES(5,1795889266185501,'catalog:product:created','SUCESSO',1,'p1',NULL,'127.0.0.1','16f67c3f37c60372');
INSERT INTO "audit_entries" VALUES(6,1795889266188681,'catalog:product:created','SUCESSO',1,'p2',NULL,'127.0.0.1','d7c949c844522414');
INSERT INTO "audit_entries" VALUES(7,1795889266191689,'stock:movement:recorded','SUCESSO',1,'m1',NULL,'127.0.0.1','e084bee05ddc498a');
INSERT INTO "audit_entries" VALUES(8,1795889266195057,'stock:movement:recorded','SUCESSO',1,'m2',NULL,'127.0.0.1','2cceb9181040c387');
INSERT INTO "audit_entries" VALUES(9,1795889266204024,'stock:movement:recorded','SUCESSO',1,'m3',NULL,'127.0.0.1','75337158afd4283e');
INSERT INTO "audit_entries" VALUES(10,1795889266206314,'stock:movement:recorded','SUCESSO',1,'m4',NULL,'127.0.0.1','b77a7e055fe0b54f');
INSERT INTO "audit_entries" VALUES(11,1795889266208693,'stock:movement:reversed','SUCESSO',1,'m4',NULL,'127.0.0.1','c19c1a45a3f77d89');
INSERT INTO "audit_entries" VALUES(12,1795889266211107,'catalog:product:created','SUCESSO',1,'p3','importação','127.0.0.1','a21a56a259b2feb7');
INSERT INTO "audit_entries" VALUES(13,1795889266216513,'clients:window:closed','SISTEMA',1,'u1',NULL,'127.0.0.1','432ed5f3c6593769');
CREATE TABLE balances (
	shop_id INTEGER NOT NULL, 
	product_id INTEGER NOT NULL, 
	quantity BIGINT NOT NULL, 
	CONSTRAINT pk_balances PRIMARY KEY (shop_id, product_id), 
	CONSTRAINT fk_balances_product_id_products FOREIGN KEY(product_id) REFERENCES products (id), 
	CONSTRAINT fk_balances_shop_id_shops FOREIGN KEY(shop_id) REFERENCES shops (id), 
	CONSTRAINT ck_balances_whole_numbers CHECK (typeof(quantity) = 'integer')
);
INSERT INTO "balances" VALUES(1,1,430000);
INSERT INTO "balances" VALUES(1,2,25000);
CREATE TABLE idempotency_keys (
	user_id INTEGER NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	fingerprint BLOB NOT NULL, 
	row_id INTEGER NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, "key"), 
	CONSTRAINT fk_idempotency_keys_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
)
 WITHOUT ROWID

;
INSERT INTO "idempotency_keys" VALUES(1,'22a06837-d917-4cbb-91b1-54c1ad2ad64e',X'AF6330FC4B322416BC073FCF1D34DC9826900805A614847A040A32E7A7368ED9',5);
INSERT INTO "idempotency_keys" VALUES(1,'42bca322-d556-45de-89ef-4fb3c782d8c3',X'CA15D1B0AD16007D86B980056FC2570694906A8A9BAE54EFE7325368F5F55EDC',4);
INSERT INTO "idempotency_keys" VALUES(1,'5ad995aa-91cf-4a9a-8ca0-13900a997432',X'1C0124198B068B0038131028CBA96A2733C9067D167D849CD05ED981762754AC',3);
INSERT INTO "idempotency_keys" VALUES(1,'6780004e-1969-4e3c-ad5c-edaa08b414c5',X'559E850A446E264FC071F7A750A688C8E2641397DEB92A26DE8CC7B0B9352971',2);
INSERT INTO "idempotency_keys" VALUES(1,'9edbb51b-6c01-4c32-b579-a0999beab61c',X'8537ABA383C6A047929541EF61F714913BAD0BE02117B6022E9C5B77EB086DE2',1);
INSERT INTO "idempotency_keys" VALUES(1,'d3bbe178-8d3c-4a38-9221-86e885dbedad',X'A32FD17ED4CBD1E4EB2D3EF3CE551A0DCDF79F1188E71BD47E8BB64368C276EA',2);
INSERT INTO "idempotency_keys" VALUES(1,'e0500aea-f07f-446e-986a-1dd2ecd9b911',X'7BC599861DC5017F676A3E79EA0DA82D686EFB73F37FEC122ACE7BE0B6B4BE73',1);
INSERT INTO "idempotency_keys" VALUES(1,'ebaece63-cfe6-4f56-93d1-6da52ccdab76',X'0310D8EB6BE93270E59A09A4C8E376D82C22E91A6B0645B3C9228320E4456783',1);
CREATE TABLE login_failures (
	id INTEGER NOT NULL, 
	name_hash VARCHAR(32) NOT NULL, 
	address VARCHAR(45) NOT NULL, 
	failed_at BIGINT NOT NULL, 
	CONSTRAINT pk_login_failures PRIMARY KEY (id)
);
CREATE TABLE login_sessions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	CONSTRAINT fk_login_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "login_sessions" VALUES(1,1,1795889266173295,NULL);
CREATE TABLE movements (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	shop_id INTEGER NOT NULL, 
	product_id INTEGER NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	quantity BIGINT NOT NULL, 
	effect BIGINT NOT NULL, 
	balance_after BIGINT NOT NULL, 
	reason VARCHAR(200), 
	document VARCHAR(120), 
	supplier VARCHAR(120), 
	recorded_by INTEGER NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	occurred_at BIGINT NOT NULL, 
	is_clock_corrected BOOLEAN NOT NULL, 
	is_below_zero BOOLEAN NOT NULL, 
	reverses INTEGER, 
	CONSTRAINT fk_movements_product_id_products FOREIGN KEY(product_id) REFERENCES products (id), 
	CONSTRAINT fk_movements_recorded_by_users FOREIGN KEY(recorded_by) REFERENCES users (id), 
	CONSTRAINT fk_movements_reverses_movements FOREIGN KEY(reverses) REFERENCES movements (seq), 
	CONSTRAINT fk_movements_shop_id_shops FOREIGN KEY(shop_id) REFERENCES shops (id), 
	CONSTRAINT ck_movements_whole_numbers CHECK (typeof(quantity) = 'integer' AND typeof(effect) = 'integer' AND typeof(balance_after) = 'integer'), 
	CONSTRAINT ck_movements_whole_moments CHECK (typeof(recorded_at) = 'integer' AND typeof(occurred_at) = 'integer')
);
INSERT INTO "movements" VALUES(1,1,1,'entrada',500000,500000,500000,NULL,NULL,NULL,1,1795889266191389,1795889266191389,0,0,NULL);
INSERT INTO "movements" VALUES(2,1,2,'entrada',25000,25000,25000,NULL,'NF 12',NULL,1,1795889266194432,1795889266194432,0,0,NULL);
INSERT INTO "movements" VALUES(3,1,1,'saida',70000,-70000,430000,'venda',NULL,NULL,1,1795889266203925,1795889266203925,0,0,NULL);
INSERT INTO "movements" VALUES(4,1,1,'entrada',30000,30000,460000,NULL,NULL,NULL,1,1795889266206187,1795889266206187,0,0,NULL);
INSERT INTO "movements" VALUES(5,1,1,'estorno',30000,-30000,430000,'engano',NULL,NULL,1,1795889266208490,1795889266208490,0,0,4);
CREATE TABLE product_imports (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	imported_by INTEGER NOT NULL, 
	imported_at BIGINT NOT NULL, 
	report BLOB NOT NULL, 
	CONSTRAINT fk_product_imports_imported_by_users FOREIGN KEY(imported_by) REFERENCES users (id)
);
INSERT INTO "product_imports" VALUES(1,1,1795889266211210,X'789C3D8C310A80300C45EF92B983E2D6AB8843D0500BA195B47129BDBBB182DBFB7CDE6B10046F3C32F82A4A0E52BE73013F3B40AE24F6D89A1CC4A0183F14DAB5FC07C774A2E1DA3E1CAE5051AE233B8A6081C3F85A8C48E4759332F7AD3F07482AC8');
CREATE TABLE products (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR(200) NOT NULL, 
	name_folded VARCHAR(600) NOT NULL, 
	unit VARCHAR(6) NOT NULL, 
	barcode VARCHAR(14), 
	minimum_stock BIGINT, 
	price BIGINT, 
	is_active BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by INTEGER NOT NULL, 
	CONSTRAINT fk_products_created_by_users FOREIGN KEY(created_by) REFERENCES users (id), 
	CONSTRAINT ck_products_whole_numbers CHECK (typeof(price) IN ('integer', 'null') AND typeof(minimum_stock) IN ('integer', 'null')), 
	CONSTRAINT uq_products_barcode UNIQUE (barcode), 
	CONSTRAINT uq_products_name_folded UNIQUE (name_folded)
);
INSERT INTO "products" VALUES(1,'Parafuso 10mm','parafuso 10mm','UN','7891000100103',50000,50,1,1,1795889266184011,1);
INSERT INTO "products" VALUES(2,'Arame (kg)','arame (kg)','KG',NULL,NULL,NULL,1,1,1795889266188131,1);
INSERT INTO "products" VALUES(3,'Porca 10mm','porca 10mm','UN',NULL,NULL,NULL,1,1,1795889266210933,1);
CREATE TABLE shops (
	id INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	name_folded VARCHAR(400) NOT NULL, 
	policy VARCHAR(10) NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_shops PRIMARY KEY (id), 
	CONSTRAINT uq_shops_name_folded UNIQUE (name_folded)
);
INSERT INTO "shops" VALUES(1,'Matriz','matriz','bloquear',1795889265603525);
CREATE TABLE user_shops (
	user_id INTEGER NOT NULL, 
	shop_id INTEGER NOT NULL, 
	CONSTRAINT pk_user_shops PRIMARY KEY (user_id, shop_id), 
	CONSTRAINT fk_user_shops_shop_id_shops FOREIGN KEY(shop_id) REFERENCES shops (id), 
	CONSTRAINT fk_user_shops_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "user_shops" VALUES(1,1);
INSERT INTO "user_shops" VALUES(2,1);
CREATE TABLE users (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	username VARCHAR(60) NOT NULL, 
	username_folded VARCHAR(180) NOT NULL, 
	password_hash VARCHAR(255), 
	is_password_weak BOOLEAN NOT NULL, 
	must_change_password BOOLEAN NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	generation INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	last_login_at BIGINT, 
	CONSTRAINT uq_users_username_folded UNIQUE (username_folded)
);
INSERT INTO "users" VALUES(1,'admin','admin','scrypt:32768:8:1$ljfc24N4pzl7iYPx$f1842bd67c7609067191c94e148db344d8b729ff2ced5268f57dcde723d8e3687e7411ca2e685c45788bc9a3bfb534085a461730f1fb98d84fd4e030b4e4d754',1,0,'administrador','ativo',1,1795889265852459,1795889266173295);
INSERT INTO "users" VALUES(2,'Ana Conceição','ana conceição','scrypt:32768:8:1$MpK8N4czw0Dlw5WA$174e754259db4e6e280deb86b3f68eb75c5555b6cb62522e67a751482a964aa04dda2760dae841e8b344f6556eb11c9593caebb710315ca1a9235f887c343562',0,0,'estoquista','ativo',1,1795889265962025,NULL);
CREATE INDEX ix_login_sessions_user_id ON login_sessions (user_id);
CREATE INDEX ix_login_failures_address ON login_failures (address);
CREATE INDEX ix_login_failures_failed_at ON login_failures (failed_at);
CREATE INDEX ix_login_failures_name_hash_address ON login_failures (name_hash, address);
CREATE INDEX ix_balances_product_id ON balances (product_id);
CREATE UNIQUE INDEX uq_movements_reverses ON movements (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX ix_movements_product_id_seq ON movements (product_id, seq);
CREATE INDEX ix_movements_recorded_at ON movements (recorded_at);
CREATE INDEX ix_audit_entries_actor_id_recorded_at ON audit_entries (actor_id, recorded_at);
CREATE TRIGGER movements_refuse_update BEFORE UPDATE ON movements BEGIN SELECT RAISE(ABORT, 'movements is insert-only'); END;
CREATE TRIGGER movements_refuse_delete BEFORE DELETE ON movements BEGIN SELECT RAISE(ABORT, 'movements is insert-only'); END;
CREATE TRIGGER audit_entries_refuse_update BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;
CREATE TRIGGER audit_entries_refuse_delete BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is insert-only'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('users',2);
INSERT INTO "sqlite_sequence" VALUES('audit_entries',13);
INSERT INTO "sqlite_sequence" VALUES('login_sessions',1);
INSERT INTO "sqlite_sequence" VALUES('products',3);
INSERT INTO "sqlite_sequence" VALUES('movements',5);
INSERT INTO "sqlite_sequence" VALUES('product_imports',1);
COMMIT;
