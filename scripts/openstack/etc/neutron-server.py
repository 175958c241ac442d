# SPDX-License-Identifier: Apache-2.0
"""Starts neutron-server with every database model loaded before it forks its workers.

A worker whose first request is GET /ports otherwise answers 500 until another request has made SQLAlchemy look
at all models (Neutron 21: "type object 'Port' has no attribute 'port_forwardings'").
"""
from neutron.cmd.eventlet import server
from neutron.db.migration.models import head  # noqa: F401
from sqlalchemy import orm

orm.configure_mappers()
server.main()
