"""Looks into a stranger's file without Django: what it really is, whether it can harm, and a harmless copy of it.

Runs in a child process with bounded time and memory (`__main__`, started by `examination`): a hostile file costs
nobody else anything.
"""
