-- One service: a role that may sign in and nothing else, and a database of its own. Called by `prepare`.
\getenv password PASSWORD

SELECT format('CREATE ROLE %I', :'service')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'service') \gexec
ALTER ROLE :"service" WITH LOGIN PASSWORD :'password';

SELECT format('CREATE DATABASE %I OWNER %I', :'service', :'service')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
-- By default everybody may connect to every database.
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
