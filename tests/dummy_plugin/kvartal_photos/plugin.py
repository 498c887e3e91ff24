"""Photos of buildings: a stranger's plugin with one small thing of each kind that can be had."""

from kvartal.plugin import GraphQLPart, Plugin, on
from kvartal_photos import graphql, permissions
from kvartal_photos.events import PhotoAdded
from kvartal_photos.lifespan import opened
from kvartal_photos.settings import PhotosSettings
from kvartal_photos.tasks import announce
from kvartal_photos.widget import WIDGET

plugin = Plugin(
    name="photos",
    title="Фотографии домов",
    after={"meters": "kvartal_photos.with_meters"},
    models=("kvartal_photos.models",),
    graphql=GraphQLPart(
        queries=(graphql.PhotoQueries,),
        mutations=(graphql.PhotoMutations,),
        subscriptions=(graphql.PhotoSubscriptions,),
        extensions=(graphql.BuildingPhotos,),
        nodes=(graphql.PHOTO_NODE,),
    ),
    tasks=("kvartal_photos.tasks",),
    handlers=(on(PhotoAdded, announce),),
    permissions=permissions.ALL,
    widgets=(WIDGET,),
    settings=PhotosSettings,
    lifespan=opened,
)
