"""Bibliothèque du cours."""
