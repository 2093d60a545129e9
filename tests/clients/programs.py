"""The command-line programs of both families that are here, and the words that log them in."""
import os
import shlex
import shutil
import subprocess


class Program:
    def __init__(self, family, command):
        self.family = family
        self.command = command

    def words(self, user=None, password=None):
        """Program, address, account and transport."""
        env = os.environ
        address = [f"-h{env['PROXY_HOST']}", f"-P{env['PROXY_PORT']}"]
        login = ["--no-defaults", *address, f"-u{user or env['PROXY_USER']}", f"-p{password or env['PROXY_PASSWORD']}"]
        authority = env.get("PROXY_CA")
        if self.family == "mysql":
            tls = ["--ssl-mode=VERIFY_IDENTITY", f"--ssl-ca={authority}"] if authority else ["--ssl-mode=DISABLED"]
        else:
            tls = ["--ssl", f"--ssl-ca={authority}", "--ssl-verify-server-cert"] if authority else ["--skip-ssl"]
        return [*self.command, *login, *tls]

    def version(self):
        return subprocess.run([*self.command, "--version"], capture_output=True, text=True).stdout.strip()


def found(program, variable):
    """MariaDB's program in PATH, and MySQL's where the environment says."""
    programs = [Program("mariadb", [program])] if shutil.which(program) else []
    if os.environ.get(variable):
        programs.append(Program("mysql", shlex.split(os.environ[variable])))
    return programs


def clients():
    return found("mariadb", "MYSQL_CLIENT")


def dumpers():
    return found("mariadb-dump", "MYSQL_DUMP")
